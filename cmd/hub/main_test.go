package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The settings of whoever runs the tests are not those of the hubs tested.
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, envPrefix) && !steersTests(name) {
			_ = os.Unsetenv(name)
		}
	}
	waitTogether()
	// toxiproxy leaves a goroutine behind where a client hangs up in the middle
	// of what is slowed down.
	toxics := goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run")
	goleak.VerifyTestMain(m, toxics, goleak.Cleanup(func(status int) {
		if binaryFolder != "" {
			_ = os.RemoveAll(binaryFolder)
		}
		os.Exit(status)
	}))
}

// waitTogether lets more tests run side by side than there are cores, unless
// -parallel says otherwise: most of their time they wait for leases and
// schedules.
func waitTogether() {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	const together = "6"
	if !chosen {
		_ = flag.Set("test.parallel", together)
	}
}

func steersTests(name string) bool {
	return strings.HasPrefix(name, "HUB_TEST_") || name == envProve || name == "HUB_SPEC"
}

// envProve, set to 1, asks for the long form of a proof.
const envProve = "HUB_PROVE"

func proving() bool { return os.Getenv(envProve) == "1" }

var binaryFolder string

// binary builds the real program, once.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "hub-binary-")
	if err != nil {
		return "", err
	}
	binaryFolder = folder
	path := filepath.Join(folder, "hub")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, said)
	}
	return path, nil
})
