package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asBenchmark is set in a process that stands for the benchmark.
const asBenchmark = "HUB_TEST_BENCHMARK"

// A benchmark that is killed, or breaks, leaves nothing running that the next one would be timed beside.
func TestWhatABenchmarkStartedEndsWithIt(t *testing.T) {
	if os.Getenv(asBenchmark) != "" {
		child, gone := exec.CommandContext(t.Context(), "sleep", "600"), make(chan error, 1)
		if err := start(child, gone); err != nil {
			t.Fatal(err)
		}
		fmt.Println("child", child.Process.Pid)
		t.Fatal("the child ended: ", <-gone)
	}
	benchmark := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	benchmark.Env = append(os.Environ(), asBenchmark+"=1")
	said, err := benchmark.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := benchmark.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	child, parsed := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "child ")))
	if err != nil || parsed != nil {
		t.Fatalf("%q: %v, %v", line, err, parsed)
	}
	if !alive(child) {
		t.Error("the child has not begun")
	}
	if err := benchmark.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = benchmark.Wait()
	for until := time.Now().Add(10 * time.Second); alive(child); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			process, _ := os.FindProcess(child)
			t.Fatal("the child runs on: ", process.Kill())
		}
	}
}

// alive reports whether a process is more than what nobody has waited for yet.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}
