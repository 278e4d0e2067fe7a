package sandbox

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
)

// ImportPendingCreates has the engine import what its pending creations made.
func (s *Sandbox) ImportPendingCreates(ctx context.Context) error {
	pending, err := s.PendingCreates(ctx)
	if err != nil {
		return err
	}
	var creates []optrefresh.PendingCreate
	for _, p := range pending {
		for _, id := range p.Found {
			creates = append(creates, optrefresh.PendingCreate{URN: string(p.URN), ID: id})
		}
	}
	return s.refresh(ctx, optrefresh.ImportPendingCreates(creates))
}
