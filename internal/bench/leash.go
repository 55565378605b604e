package main

import (
	"os/exec"
	"runtime"
)

// start starts a process that ends with the benchmark, however that ends, and tells when it is gone. The kernel ends it with
// the thread that started it, which is therefore kept until then.
func start(cmd *exec.Cmd, gone chan<- error) error {
	cmd.SysProcAttr = leash()
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			gone <- cmd.Wait()
		}
	}()
	return <-started
}
