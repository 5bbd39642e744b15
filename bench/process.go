package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// tick is the unit of times in /proc, which is the same on all machines that Go runs on.
const tick = 10 * time.Millisecond

// process is what /proc tells of one; all zero where there is no /proc.
type process struct {
	parent int
	// used is its own time on processors, children that of its children that have ended.
	used, children time.Duration
}

func look(pid int) (p process) {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ") // behind the name, which may have anything in it
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return p
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(fields[i])
		return n
	}
	return process{parent: number(1), used: time.Duration(number(11)+number(12)) * tick, children: time.Duration(number(13)+number(14)) * tick}
}

// memory is the resident memory of a process in bytes.
func memory(pid int) int64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// postmaster finds the server of the database, the parent of our connection's process; 1 or
// 0 where that is on another machine, and nothing can be said of it.
func postmaster(ctx context.Context, db *sqlx.DB) (int, error) {
	var backend int
	if err := db.GetContext(ctx, &backend, "SELECT pg_backend_pid()"); err != nil {
		return 0, err
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", backend))
	if !strings.HasPrefix(string(name), "postgres") {
		return 0, nil
	}
	return look(backend).parent, nil
}

// usedBelow is the time on processors of a process and of all that it started.
func usedBelow(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	for {
		own := look(pid)
		sum := own.used + own.children
		all, _ := filepath.Glob("/proc/[0-9]*")
		for _, path := range all {
			child, _ := strconv.Atoi(filepath.Base(path))
			if p := look(child); p.parent == pid {
				sum += p.used + p.children
			}
		}
		if look(pid).children == own.children { // no child has ended meanwhile, and was missed
			return sum
		}
	}
}
