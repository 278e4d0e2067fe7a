package standin

import (
	"context"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Base answers what the engine asks of every provider; a stand-in embeds it and answers the rest.
type Base struct {
	plugin.UnimplementedProvider
	// Version is the version of the provider's SDK, whose schema the stand-in keeps to.
	Version semver.Version
}

// GetPluginInfo reports the version.
func (b *Base) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &b.Version}, nil
}

// Handshake asks the engine to hand over secrets as what they hold, and to mark them in what comes back.
func (*Base) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptResources: true, AcceptOutputs: true}, nil
}

// CheckConfig accepts every configuration; Configure looks at it.
func (*Base) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

// DiffConfig replaces nothing.
func (*Base) DiffConfig(context.Context, plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return plugin.DiffResult{Changes: plugin.DiffNone}, nil
}

// Configure has nothing to keep.
func (*Base) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}
