package integration_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheRateHoldsOverHosts: workers in network namespaces of their own, each of
// which reaches nothing but Temporal, keep to one rate together, and share the work.
func TestTheRateHoldsOverHosts(t *testing.T) {
	hosts := newHosts(t, 3)
	t.Parallel()
	s := newStack(t)
	s.generate(7500)
	peers := &peers{seen: map[string]bool{}}
	for _, host := range hosts {
		s.startWorkerOn(host, peers)
	}
	require.Equal(t, len(hosts), peers.count(), "each worker comes from an address of its own")
	starter := s.startStarter("customer-migration/rate=500", "customer-migration/batch-time=100ms") // one batch at a time, each to who has waited longest
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	s.requireExact(end, 7500, 0)
	measured, workers := float64(end.Migrated)/end.Elapsed, workersOf(s.batches())
	t.Logf("%.1f customers/s, asked for 500; batches by worker: %v", measured, workers)
	require.LessOrEqual(t, measured, 500*1.05)
	require.Len(t, workers, len(hosts), "all have worked")
}

// host is a network namespace, and the two ends of its only cable.
type host struct{ name, ours, its string }

// newHosts makes network namespaces, or skips the test where there can be none.
func newHosts(t *testing.T, number int) []host {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("network namespaces need the command ip (Debian's iproute2)")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make network namespaces")
	}
	var hosts []host
	for i := range number {
		network := fmt.Sprintf("10.%d.%d", 100+os.Getpid()/250%100, os.Getpid()%250)
		made := host{name: fmt.Sprintf("dbm%d-%d", os.Getpid(), i),
			ours: fmt.Sprintf("%s.%d", network, 4*i+1), its: fmt.Sprintf("%s.%d", network, 4*i+2)}
		if output, err := exec.Command("ip", "netns", "add", made.name).CombinedOutput(); err != nil {
			t.Skipf("this system lets nobody make network namespaces: %v: %s", err, output)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", made.name).Run() }) // and its cable
		if output, err := made.connect(); err != nil {
			t.Skipf("this system has no virtual cables (veth): %v: %s", err, output)
		}
		hosts = append(hosts, made)
	}
	return hosts
}

// connect lays the cable between the namespace and ours.
func (h host) connect() (output []byte, err error) {
	cable, far := h.name, h.name+"x"
	for _, command := range [][]string{
		{"link", "add", cable, "type", "veth", "peer", "name", far, "netns", h.name},
		{"addr", "add", h.ours + "/30", "dev", cable},
		{"link", "set", cable, "up"},
		{"-n", h.name, "addr", "add", h.its + "/30", "dev", far},
		{"-n", h.name, "link", "set", far, "up"},
	} {
		if output, err = exec.Command("ip", command...).CombinedOutput(); err != nil {
			return output, err
		}
	}
	return nil, nil
}

// startWorkerOn starts a worker in the namespace. The development server listens on
// the loopback interface only, so its port is forwarded to the cable.
func (s *stack) startWorkerOn(at host, peers *peers) *process {
	s.Helper()
	address := s.forward(at.ours, peers)
	command := append([]string{"netns", "exec", at.name, filepath.Join(s.bin, "worker")}, s.workerOptions(nil)...)
	p := s.startCommand("worker", exec.Command("ip", command...), []string{"TEMPORAL_ADDRESS=" + address})
	s.untilServes(p)
	return p
}

// peers are the addresses that connections came from.
type peers struct {
	mutex sync.Mutex
	seen  map[string]bool
}

func (p *peers) add(address net.Addr) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seen[address.(*net.TCPAddr).IP.String()] = true
}

func (p *peers) count() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return len(p.seen)
}

// forward forwards connections to the Temporal server, and returns the address that
// it listens on.
func (s *stack) forward(ip string, peers *peers) string {
	s.Helper()
	listener, err := net.Listen("tcp", ip+":0")
	require.NoError(s, err)
	s.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // closed
			}
			peers.add(near.RemoteAddr())
			far, err := net.Dial("tcp", address(s.port))
			if err != nil {
				near.Close()
				continue
			}
			go transfer(near, far)
			go transfer(far, near)
		}
	}()
	return listener.Addr().String()
}

// transfer copies until one side has ended, and ends the other.
func transfer(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
	from.Close()
}
