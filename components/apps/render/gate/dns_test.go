//go:build linux

package gate_test

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// serviceName is the headless Service of the gates.
const serviceName = "render.coffee.svc.cluster.local"

// nameserver stands in for the cluster's DNS, which tells the addresses of the pods that are ready.
type nameserver struct {
	connection *net.UDPConn
	mutex      sync.Mutex
	ready      []netip.Addr
}

func startNameserver(t *testing.T) *nameserver {
	t.Helper()
	connection, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	n := &nameserver{connection: connection}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.serve(t)
	}()
	t.Cleanup(func() {
		assert.NoError(t, connection.Close())
		<-done
	})
	return n
}

func (n *nameserver) address() string { return n.connection.LocalAddr().String() }

// set says which gates are ready.
func (n *nameserver) set(ready ...netip.Addr) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.ready = ready
}

func (n *nameserver) serve(t *testing.T) {
	buffer := make([]byte, 4096)
	for {
		length, asker, err := n.connection.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return // the test is over
		}
		reply, err := n.reply(buffer[:length])
		if !assert.NoError(t, err) {
			continue
		}
		if _, err := n.connection.WriteToUDPAddrPort(reply, asker); err != nil {
			return
		}
	}
}

// reply answers one question: addresses, or that there is no such name, as for a Service without a ready pod.
func (n *nameserver) reply(query []byte) ([]byte, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true},
		Questions: []dnsmessage.Question{question},
	}
	if strings.TrimSuffix(question.Name.String(), ".") != serviceName || len(n.ready) == 0 {
		message.RCode = dnsmessage.RCodeNameError
		return message.Pack()
	}
	for _, address := range n.ready {
		if question.Type == dnsmessage.TypeA {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 5},
				Body:   &dnsmessage.AResource{A: address.As4()},
			})
		}
	}
	return message.Pack()
}
