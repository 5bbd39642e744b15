package pg

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// serversOf returns the PostgreSQL processes that work in the data directory:
// the server and its children. Zombies do not count.
func (a account) serversOf(data string) []int {
	if a.credential() == nil {
		return serversOf(data)
	}
	// Root in a container may lack the right to see where other users' processes
	// work. Their own user has it, so one thread takes that identity, and ends
	// with it because it is never unlocked.
	pids := make(chan []int)
	go func() {
		runtime.LockOSThread()
		syscall.Setfsgid(a.gid) // #nosec G104 -- the system reports no failure
		syscall.Setfsuid(a.uid) // #nosec G104 -- the system reports no failure
		pids <- serversOf(data)
	}()
	return <-pids
}

func serversOf(data string) []int {
	entries, _ := os.ReadDir("/proc")
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		proc := filepath.Join("/proc", e.Name())
		name, _ := os.ReadFile(filepath.Join(proc, "comm")) // #nosec G304 -- a process's entry in /proc
		dir, _ := os.Readlink(filepath.Join(proc, "cwd"))
		if strings.TrimSpace(string(name)) == "postgres" && dir == data {
			pids = append(pids, pid)
		}
	}
	return pids
}
