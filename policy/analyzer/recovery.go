package analyzer

import (
	"context"
	"log"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// recovery turns a panic anywhere in a call into an error of that call, on which the
// engine stops. Never into Unimplemented: the engine takes that for consent.
func recovery(logger *log.Logger) grpc.UnaryServerInterceptor {
	return func(
		ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
	) (response any, err error) {
		defer func() {
			if recovered := recover(); recovered != nil {
				logger.Printf("%s crashed with %T\n%s", info.FullMethod, recovered, debug.Stack())
				response, err = nil, status.Errorf(codes.Internal,
					"the policy pack crashed in %s; that is a bug in the pack", info.FullMethod)
			}
		}()
		return handler(ctx, req)
	}
}
