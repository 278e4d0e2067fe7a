package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusal is something AWS refuses: inputs that pass no longer do with wrong put in, and failing is the
// input at fault.
type refusal struct {
	name         string
	valid, wrong values
	failing      string
}

// checkRefuses holds a type's entry to refusing each, and nothing else about it.
func checkRefuses(t *testing.T, typ string, refusals []refusal) {
	t.Helper()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t)
			_, failures := p.check(t, typ, "x", nil, c.valid)
			require.Empty(t, failures, "without what is wrong")
			_, failures = p.check(t, typ, "x", nil, with(c.valid, c.wrong))
			assert.Contains(t, failures, c.failing)
			assert.Len(t, failures, 1)
		})
	}
}

// change is what AWS says to changing an object's inputs to others.
func (p provider) change(t *testing.T, o object, inputs values) error {
	t.Helper()
	checked, failures := p.check(t, o.typ, o.urn.Name(), o.inputs, inputs)
	require.Empty(t, failures)
	_, err := p.Update(p.ctx, plugin.UpdateRequest{
		URN: o.urn, ID: resource.ID(o.id), OldInputs: o.inputs, NewInputs: checked, OldOutputs: resource.NewPropertyMapFromMap(o.outputs),
	})
	return err
}
