//go:build !linux

package pg

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// serversOf returns the server that the pid file names if it is still one. Its
// children are not found, but they keep a new server from starting, which run
// tries again.
func (account) serversOf(data string) []int {
	pid := readPid(data)
	if pid <= 0 {
		return nil
	}
	out, err := exec.Command("ps", "-o", "stat=", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	state, name, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || strings.HasPrefix(state, "Z") || filepath.Base(strings.TrimSpace(name)) != "postgres" {
		return nil
	}
	return []int{pid}
}
