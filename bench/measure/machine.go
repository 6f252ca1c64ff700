package measure

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Machine is where a benchmark ran.
type Machine struct {
	Cores    int    `json:"cores"`
	CPU      string `json:"cpu"`
	MemoryMB int64  `json:"memory_mb"`
	System   string `json:"system"`
	// Versions are those of Go, Temporal, the databases and the peers.
	Versions map[string]string `json:"versions"`
}

// String is the machine in a line.
func (m *Machine) String() string {
	if m == nil {
		return "on an unknown machine"
	}
	text := fmt.Sprintf("%d cores (%s), %d MB", m.Cores, m.CPU, m.MemoryMB)
	for _, product := range slices.Sorted(maps.Keys(m.Versions)) {
		text += ", " + product + " " + m.Versions[product]
	}
	return text
}

// ThisMachine describes the machine that this runs on.
func ThisMachine() *Machine {
	machine := &Machine{Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Versions: map[string]string{"go": runtime.Version()}}
	machine.CPU = field("/proc/cpuinfo", "model name")
	kilobytes, _, _ := strings.Cut(field("/proc/meminfo", "MemTotal"), " ")
	for _, digit := range kilobytes {
		machine.MemoryMB = machine.MemoryMB*10 + int64(digit-'0')
	}
	machine.MemoryMB /= 1024
	return machine
}

// field is the first value of that name in a file of «name: value» lines.
func field(file, name string) string {
	opened, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer opened.Close()
	for lines := bufio.NewScanner(opened); lines.Scan(); {
		before, after, found := strings.Cut(lines.Text(), ":")
		if found && strings.TrimSpace(before) == name {
			return strings.TrimSpace(after)
		}
	}
	return ""
}
