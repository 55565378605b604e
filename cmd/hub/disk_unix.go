//go:build linux || darwin

package main

import "syscall"

// diskOf is how many bytes are free to the hub on a folder's disk, and how
// many it has.
func diskOf(folder string) (free, size int64, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return 0, 0, err
	}
	block := int64(fs.Bsize) //nolint:unconvert // 32 bits on some systems
	return int64(fs.Bavail) * block, int64(fs.Blocks) * block, nil
}
