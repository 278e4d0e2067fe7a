package sandbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/eks"
	"coffee-platform/internal/sandbox/kubernetes"
	"coffee-platform/internal/sandbox/random"
)

// maxMessageBytes is the engine's own limit for messages of providers.
const maxMessageBytes = 400 * 1024 * 1024

// attachable adds to a provider server what the engine asks of one it did not start itself.
type attachable struct {
	pulumirpc.ResourceProviderServer
}

// Attach accepts whichever engine comes.
func (attachable) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// standIns make the providers of the sandbox, by the name of the plugin they stand in for: a server for each
// connection, in front of what all connections share.
func standIns(c *cloud.Cloud) map[string]func() pulumirpc.ResourceProviderServer {
	serverOf := func(provider plugin.Provider) func() pulumirpc.ResourceProviderServer {
		return func() pulumirpc.ResourceProviderServer { return attachable{plugin.NewProviderServer(provider)} }
	}
	return map[string]func() pulumirpc.ResourceProviderServer{
		"aws":        serverOf(aws.New(c)),
		"eks":        func() pulumirpc.ResourceProviderServer { return eks.New() },
		"kubernetes": serverOf(kubernetes.New(c)),
		"random":     serverOf(random.New(c)),
	}
}

// served are providers being served.
type served struct {
	// attach is the value of PULUMI_DEBUG_PROVIDERS that makes the engine use them.
	attach string

	interceptors []grpc.UnaryServerInterceptor
	listeners    []net.Listener
	accepting    sync.WaitGroup

	mu      sync.Mutex
	servers []*grpc.Server
}

// serve serves providers on the loopback interface, each on a free port. Every call goes through the
// interceptors, the first of them first.
func serve(providers map[string]func() pulumirpc.ResourceProviderServer, interceptors ...grpc.UnaryServerInterceptor) (*served, error) {
	s := &served{interceptors: interceptors}
	var attach []string
	for name, provider := range providers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.stop()
			return nil, fmt.Errorf("serving the stand-in for %s: %w", name, err)
		}
		s.listeners = append(s.listeners, listener)
		s.accepting.Go(func() { s.accept(listener, provider) })
		attach = append(attach, fmt.Sprintf("%s:%d", name, listener.Addr().(*net.TCPAddr).Port))
	}
	slices.Sort(attach)
	s.attach = strings.Join(attach, ",")
	return s, nil
}

// accept gives every connection a server of its own, as every provider resource has a process of its own
// outside of the sandbox: a server remembers how it was configured, and is not made to be configured twice.
func (s *served) accept(listener net.Listener, provider func() pulumirpc.ResourceProviderServer) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return // closed
		}
		server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessageBytes), grpc.ChainUnaryInterceptor(s.interceptors...), grpc.WaitForHandlers(true))
		pulumirpc.RegisterResourceProviderServer(server, provider())
		s.mu.Lock()
		s.servers = append(s.servers, server)
		s.mu.Unlock()
		_ = server.Serve(&once{Listener: listener, connection: connection}) // returns at once, with the connection open
	}
}

// once is a listener that has one connection, and leaves the listener it came from open.
type once struct {
	net.Listener
	connection net.Conn
}

// Accept is the connection, and after that the end.
func (o *once) Accept() (net.Conn, error) {
	if connection := o.connection; connection != nil {
		o.connection = nil
		return connection, nil
	}
	return nil, io.EOF
}

// Close closes nothing: the connection is the server's, the listener goes on.
func (*once) Close() error { return nil }

// stop ends every call, and waits until the last one has done what it does to the cloud.
func (s *served) stop() {
	for _, listener := range s.listeners {
		_ = listener.Close() // nobody connects any more
	}
	s.accepting.Wait()
	for _, server := range s.servers {
		server.Stop()
	}
}
