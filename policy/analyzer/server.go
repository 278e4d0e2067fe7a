// Package analyzer is the policy pack's gRPC server: it answers the Pulumi engine's
// questions by running the rules.
//
// It is written against the protocol itself. The SDK's own server panics when asked for
// rules with settings, ignores Handshake and ConfigureStack, and its experimental policy
// package panics on values a preview does not know.
package analyzer

import (
	"context"
	"log"
	"sync"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

// Pack is what a server serves.
type Pack struct {
	Name        string
	DisplayName string
	Version     string
	Description string
	Rules       []rule.Rule
	// Configuration is what each tier wants different from the rules as they are written.
	Configuration configuration.Configuration
	// Exemptions are violations that are let pass, of every stack.
	Exemptions []rule.Exemption
	// Today is the day that exemptions are measured by.
	Today time.Time
}

// Server answers the engine. Calls may come concurrently.
type Server struct {
	pulumirpc.UnimplementedAnalyzerServer

	pack Pack
	// reportPath is where the report goes; empty for none.
	reportPath string
	log        *log.Logger
	recorder   *report.Recorder
	// exemptions are those that nothing is to be said against.
	exemptions []rule.Exemption
	// engine receives the engine's address once it has introduced itself.
	engine chan string
	// seen is what Analyze was asked about. AnalyzeStack is told outputs only, and in a
	// preview these lack what the program has already said.
	seen *rule.Seen

	mu sync.RWMutex
	// rules are the pack's, at the levels and with the settings of the configuration.
	rules []configured
	// enabled are those of them that run. Neither list is changed once it is here.
	enabled    []configured
	deployment rule.Deployment
	// complete is true once the stack as a whole was analyzed.
	complete bool
}

var _ pulumirpc.AnalyzerServer = (*Server)(nil)

// New returns a server that answers every call even if the engine never configures it,
// as when a pack is published.
func New(pack Pack, reportPath string, logger *log.Logger) *Server {
	rules := unconfigured(pack.Rules)
	return &Server{
		pack:       pack,
		reportPath: reportPath,
		log:        logger,
		recorder:   report.NewRecorder(),
		exemptions: exemption.InForce(pack.Exemptions, pack.Today),
		engine:     make(chan string, 1),
		rules:      rules,
		enabled:    enabled(rules),
		seen:       rule.NewSeen(),
	}
}

// Handshake is the engine introducing itself.
func (s *Server) Handshake(
	_ context.Context, req *pulumirpc.AnalyzerHandshakeRequest,
) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	select {
	case s.engine <- req.GetEngineAddress():
	default:
		// A second handshake comes from the same engine.
	}
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack says which stack is being deployed or previewed.
func (s *Server) ConfigureStack(
	_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest,
) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deployment = rule.Deployment{
		Organization: req.GetOrganization(),
		Project:      req.GetProject(),
		Stack:        req.GetStack(),
		DryRun:       req.GetDryRun(),
		Tags:         req.GetTags(),
		Tier:         rule.TierNamed(req.GetConfig()[req.GetProject()+":tier"]),
		Unprotected:  rule.UnprotectedNamed(req.GetConfig()[req.GetProject()+":unprotected"]),
		Services:     rule.ServicesNamed(req.GetConfig()[req.GetProject()+":services"]),
		EndpointOpen: rule.OpeningNamed(req.GetConfig()[req.GetProject()+":cluster"], s.pack.Today),
	}
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

// GetPluginInfo tells the version of the pack.
func (s *Server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: s.pack.Version}, nil
}

// Remediate changes nothing: the pack refuses, and people repair.
func (s *Server) Remediate(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	return &pulumirpc.RemediateResponse{}, nil
}

// Cancel is the last call of a run, ended well or not; the engine kills the process
// right after it. A run that was cut short has its report written here.
func (s *Server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.WriteReport()
	return &emptypb.Empty{}, nil
}
