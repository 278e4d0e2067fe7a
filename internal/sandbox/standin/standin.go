// Package standin is what stand-in providers have in common.
package standin

import (
	"context"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/peer"
)

// Configurations are the configurations of the provider resources that use a stand-in. The engine opens a
// connection for each, and tells them apart by nothing else.
type Configurations[T any] struct {
	mu           sync.Mutex
	byConnection map[string]T
}

// Set keeps the configuration of the provider resource whose connection a call came over.
func (c *Configurations[T]) Set(ctx context.Context, configuration T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byConnection == nil {
		c.byConnection = map[string]T{}
	}
	c.byConnection[connection(ctx)] = configuration
}

// Get is the configuration of the provider resource whose connection a call came over; ok is false if it
// has not been configured.
func (c *Configurations[T]) Get(ctx context.Context) (configuration T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	configuration, ok = c.byConnection[connection(ctx)]
	return configuration, ok
}

// connection names the connection a call came over; calls within the process have none.
func connection(ctx context.Context) string {
	if from, ok := peer.FromContext(ctx); ok {
		return from.Addr.String()
	}
	return ""
}

// Plain are properties as plain values, without what is the engine's own.
func Plain(properties resource.PropertyMap) map[string]any {
	return properties.MapRepl(func(key string) (string, bool) { return key, !strings.HasPrefix(key, "__") }, nil)
}
