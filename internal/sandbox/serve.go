package sandbox

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

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

// standIns are the providers of the sandbox, by the name of the plugin they stand in for.
func standIns(c *cloud.Cloud) map[string]pulumirpc.ResourceProviderServer {
	return map[string]pulumirpc.ResourceProviderServer{
		"aws":        attachable{plugin.NewProviderServer(aws.New(c))},
		"eks":        eks.New(),
		"kubernetes": attachable{plugin.NewProviderServer(kubernetes.New(c))},
		"random":     attachable{plugin.NewProviderServer(random.New(c))},
	}
}

// served are providers being served.
type served struct {
	// attach is the value of PULUMI_DEBUG_PROVIDERS that makes the engine use them.
	attach  string
	servers []*grpc.Server
}

// serve serves providers on the loopback interface, each on a free port.
func serve(providers map[string]pulumirpc.ResourceProviderServer) (*served, error) {
	s := &served{}
	var attach []string
	for name, provider := range providers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.stop()
			return nil, fmt.Errorf("serving the stand-in for %s: %w", name, err)
		}
		server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessageBytes))
		pulumirpc.RegisterResourceProviderServer(server, provider)
		go func() { _ = server.Serve(listener) }() // returns when stopped
		s.servers = append(s.servers, server)
		attach = append(attach, fmt.Sprintf("%s:%d", name, listener.Addr().(*net.TCPAddr).Port))
	}
	slices.Sort(attach)
	s.attach = strings.Join(attach, ",")
	return s, nil
}

func (s *served) stop() {
	for _, server := range s.servers {
		server.Stop()
	}
}
