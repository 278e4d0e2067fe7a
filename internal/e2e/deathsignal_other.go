//go:build !linux

package e2e

import "syscall"

// ownGroup puts a process into a group of its own, so that an interrupt reaches it by way of the harness only.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
