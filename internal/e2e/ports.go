package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below those that a kernel gives to connections (32768 and up on Linux, 49152 elsewhere), of
// which the programs here make many.
const firstPort, ports = 20000, 12000

// portNames are what listens somewhere.
var portNames = []string{
	"etcd", "etcd-peer", "apiserver", "redis", "keda-metrics", "keda-probe", "keda-grpc", "keda-adapter", "keda-adapter-metrics",
	"karpenter-metrics", "karpenter-probe",
}

// reservedPorts are free ports of this machine, by what is going to listen at them. Each is held until it is
// released, so that no other control plane finds it free.
type reservedPorts struct {
	numbers map[string]int
	held    map[string]net.Listener
}

// reservePorts reserves a port for everything that listens.
func reservePorts() (*reservedPorts, error) {
	p := &reservedPorts{numbers: map[string]int{}, held: map[string]net.Listener{}}
	for _, name := range portNames {
		// Many times what is needed to find a free one on a machine that is not full of listeners.
		for range 100 {
			port := firstPort + rand.IntN(ports)
			listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
			if err == nil {
				p.numbers[name], p.held[name] = port, listener
				break
			}
		}
		if p.held[name] == nil {
			p.release(portNames...)
			return nil, fmt.Errorf("found no free port for %s", name)
		}
	}
	return p, nil
}

// release lets go of ports, for what listens at them to take.
func (p *reservedPorts) release(names ...string) {
	for _, name := range names {
		if listener := p.held[name]; listener != nil {
			_ = listener.Close() // nothing was accepted
			delete(p.held, name)
		}
	}
}

// at is a loopback address.
func (p *reservedPorts) at(name string) string { return "127.0.0.1:" + p.number(name) }

// number is a port as flags take it.
func (p *reservedPorts) number(name string) string { return strconv.Itoa(p.numbers[name]) }
