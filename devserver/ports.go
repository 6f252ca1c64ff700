package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
)

const (
	loopbackIP  = "127.0.0.1"
	everyIP     = "0.0.0.0"
	highestPort = 65535
)

// loopback is the address of a port on the loopback interface.
func loopback(port int) string {
	return net.JoinHostPort(loopbackIP, strconv.Itoa(port))
}

// portFlag is a port together with the flag that sets it.
type portFlag struct {
	name     string
	port     int
	optional bool // 0 switches the listener off
}

func (o options) portFlags() []portFlag {
	return []portFlag{
		{"--port", o.port, false},
		{"--ui-port", o.uiPort, true},
		{"--pprof-port", o.pprofPort, true},
	}
}

// usedPorts are the ports that are switched on.
func (o options) usedPorts() []portFlag {
	var used []portFlag
	for _, flag := range o.portFlags() {
		if flag.port != 0 {
			used = append(used, flag)
		}
	}
	return used
}

func (o options) validatePorts() error {
	for _, flag := range o.portFlags() {
		if err := flag.validate(); err != nil {
			return err
		}
	}
	flagOf := map[int]string{}
	for _, flag := range o.usedPorts() {
		if other, taken := flagOf[flag.port]; taken {
			return &usageError{fmt.Sprintf("%s and %s are both %d", other, flag.name, flag.port), "give each a port of its own"}
		}
		flagOf[flag.port] = flag.name
	}
	return nil
}

func (f portFlag) validate() error {
	lowest, off := 1, ""
	if f.optional {
		lowest, off = 0, ", 0 switches it off"
	}
	if f.port >= lowest && f.port <= highestPort {
		return nil
	}
	return &usageError{
		fmt.Sprintf("%s %d is out of range", f.name, f.port),
		fmt.Sprintf("a port is between 1 and %d%s", highestPort, off),
	}
}

// checkPortsFree says which port is taken, before anything has started.
func checkPortsFree(o options) error {
	for _, flag := range o.usedPorts() {
		listener, err := net.Listen("tcp", net.JoinHostPort(o.ip, strconv.Itoa(flag.port)))
		if err != nil {
			return &usageError{
				fmt.Sprintf("port %d (%s) is taken or not allowed: %v", flag.port, flag.name, err),
				fmt.Sprintf("stop what listens there (another Temporal server?), or choose another port: %s N", flag.name),
			}
		}
		listener.Close()
	}
	return nil
}

// freePorts finds count different free ports, none of them in except. They are
// held until all are found; another process may still take one before it is used.
func freePorts(count int, except ...int) (ports []int, err error) {
	for len(ports) < count {
		listener, listenErr := net.Listen("tcp", loopback(0))
		if listenErr != nil {
			return nil, fmt.Errorf("find a free port on %s: %w", loopbackIP, listenErr)
		}
		defer func() { err = errors.Join(err, listener.Close()) }()
		if port := listener.Addr().(*net.TCPAddr).Port; !slices.Contains(except, port) {
			ports = append(ports, port)
		}
	}
	return ports, nil
}
