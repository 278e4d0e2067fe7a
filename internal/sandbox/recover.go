package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/adopt"
	"coffee-platform/internal/sandbox/cloud"
)

// ErrAmbiguous means that it cannot be told from the outside which object belongs to which pending creation.
var ErrAmbiguous = errors.New("look in the cloud which object is whose, and delete what is too many")

// Recover tells the state what became of its pending creations: it adopts what is in the cloud, forgets
// what is not, and reads everything back. While several objects may be what a creation made, it changes
// nothing and fails with ErrAmbiguous.
func (s *Sandbox) Recover(ctx context.Context) error {
	pending, err := s.PendingCreates(ctx)
	if err != nil {
		return err
	}
	ids, err := whose(pending)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		state, err := s.Export(ctx)
		if err != nil {
			return err
		}
		if state, err = adopt.PendingCreates(state, ids); err != nil {
			return fmt.Errorf("adopting what is in the cloud: %w", err)
		}
		if err := s.stack.Import(ctx, state); err != nil {
			return fmt.Errorf("importing the state: %w", err)
		}
	}
	return s.refresh(ctx, optrefresh.ClearPendingCreates())
}

// whose tells which object each pending creation made, by URN; those that made none are left out.
func whose(pending []PendingCreate) (map[string]string, error) {
	ids := map[string]string{}
	claimed := map[cloud.Key]resource.URN{}
	for _, p := range pending {
		switch len(p.Found) {
		case 0: // never reached the cloud
		case 1:
			key := cloud.Key{Type: p.Type, ID: p.Found[0]}
			if other, twice := claimed[key]; twice {
				return nil, fmt.Errorf("%w: %s was made by %s or by %s, which ask for the same", ErrAmbiguous, key.ID, other, p.URN)
			}
			ids[string(p.URN)], claimed[key] = p.Found[0], p.URN
		default:
			return nil, fmt.Errorf("%w: %s may have made any of %s", ErrAmbiguous, p.URN, strings.Join(p.Found, ", "))
		}
	}
	return ids, nil
}
