package sandbox

import (
	"context"
	"runtime"
	"testing"

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

// Violated is what a violation changes.
type Violated struct{ Type, Name string }

// AllViolated are what the violations change, by the rule's id.
func AllViolated() map[string]Violated {
	all := map[string]Violated{}
	for id, v := range violations {
		all[id] = Violated{v.typ, v.name}
	}
	return all
}

// OnLinux skips a test that kills an engine elsewhere: engines are found in /proc.
func OnLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("engines are found in /proc, which only Linux has")
	}
}
