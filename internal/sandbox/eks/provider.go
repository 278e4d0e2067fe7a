// Package eks stands in for the Pulumi EKS component provider. Its Cluster registers the same children,
// with the same names and inputs, that the real component registers for the options in use; an option
// it does not know is refused by name. What it follows is the source of pulumi-eks, nodejs/eks/cluster.ts,
// of August 2026.
package eks

import (
	"context"
	"fmt"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"coffee-platform/internal/sandbox/standin"
)

// version is that of the component's SDK.
var version = semver.MustParse("4.0.1")

// Server is the stand-in. It works on the protocol itself, because constructing a component calls back
// into the engine.
type Server struct {
	pulumirpc.ResourceProviderServer

	mu     sync.Mutex
	engine *grpc.ClientConn
}

// New makes a stand-in.
func New() *Server {
	return &Server{ResourceProviderServer: plugin.NewProviderServer(&constructor{standin.Base{Version: version}})}
}

// constructor answers what the engine asks of a provider that constructs components.
type constructor struct {
	standin.Base
}

// Handshake takes secrets as secrets, which the engine asks of whoever constructs components.
func (*constructor) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// Attach connects to the engine that wants to use the stand-in.
func (s *Server) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	engine, err := grpc.NewClient(req.GetAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connecting to the engine at %s: %w", req.GetAddress(), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine != nil {
		_ = s.engine.Close() // the engine of an earlier run, gone already
	}
	s.engine = engine
	return &emptypb.Empty{}, nil
}

// Construct registers a component and its children.
func (s *Server) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	s.mu.Lock()
	engine := s.engine
	s.mu.Unlock()
	response, err := provider.Construct(ctx, req, engine, construct)
	if err != nil {
		return nil, fmt.Errorf("constructing %s %q: %w", req.GetType(), req.GetName(), err)
	}
	return response, nil
}

func construct(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
	if typ != clusterToken {
		return nil, fmt.Errorf("the sandbox's EKS stand-in has no component %s", typ)
	}
	args, err := readArgs(inputs)
	if err != nil {
		return nil, err
	}
	component, err := newCluster(ctx, name, args, options)
	if err != nil {
		return nil, err
	}
	result, err := provider.NewConstructResult(component)
	if err != nil {
		return nil, fmt.Errorf("reading the outputs of the component: %w", err)
	}
	return result, nil
}
