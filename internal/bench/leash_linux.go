package main

import "syscall"

// leash has the kernel end a child with the thread that started it: of a benchmark that is killed nothing else would.
func leash() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
