//go:build unix

package main

import "syscall"

// keepPrivate has every file this process makes readable by its own account
// alone. The database engine would make its files readable by the whole
// machine in a data folder that was there before the hub.
func keepPrivate() { syscall.Umask(0o077) }
