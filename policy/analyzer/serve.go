package analyzer

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// ReportVariable names the file that the report is written to.
const ReportVariable = "COFFEE_POLICY_REPORT"

// engineCheckInterval is how often the pack looks whether the engine is still there, as
// Pulumi's own language hosts do. A killed engine would leave the pack behind for good.
const engineCheckInterval = 5 * time.Minute

// Serve runs the pack until the engine or a signal ends it. The engine learns the port
// from the first line of stdout, so nothing else may be written there.
func Serve(pack Pack, stdout, stderr io.Writer) error {
	logger := log.New(stderr, "policy: ", 0)
	server := New(pack, os.Getenv(ReportVariable), logger)

	stop, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	stop, abandoned := context.WithCancel(stop)
	defer abandoned()

	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  cancel,
		Options: []grpc.ServerOption{grpc.ChainUnaryInterceptor(recovery(logger))},
		Init: func(registrar *grpc.Server) error {
			pulumirpc.RegisterAnalyzerServer(registrar, server)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("starting the policy pack: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "%d\n", handle.Port); err != nil {
		return fmt.Errorf("telling the engine the port: %w", err)
	}
	go watchEngine(stop, server, logger, abandoned)

	select {
	case err := <-handle.Done:
		return err
	case <-stop.Done():
		server.WriteReport()
		close(cancel)
		return <-handle.Done
	}
}

// watchEngine ends the pack when the engine it serves is gone.
func watchEngine(stop context.Context, server *Server, logger *log.Logger, abandoned context.CancelFunc) {
	select {
	case <-stop.Done():
	case address := <-server.engine:
		if err := rpcutil.Healthcheck(stop, address, engineCheckInterval, abandoned); err != nil {
			logger.Printf("cannot watch the engine: %v", err)
		}
	}
}
