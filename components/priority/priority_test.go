package priority_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/priority"
	"coffee-platform/internal/testkit"
)

const classType = "kubernetes:scheduling.k8s.io/v1:PriorityClass"

func TestWhoAnswersAPersonComesFirst(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, func(ctx *pulumi.Context) error {
				_, err := priority.New(ctx, "priorities")
				return err
			})
			value := func(name string) float64 {
				class := r.One(t, classType, name)
				assert.True(t, r.Descends(class, "coffee:priority:Priorities"))
				assert.NotContains(t, class.Inputs, "globalDefault", "pods that name no class stay at 0")
				assert.Equal(t, "Never", class.Get(t, "preemptionPolicy"), "nobody's task is cut for another's start")
				return class.Get(t, "value").(float64)
			}
			assert.Greater(t, value(priority.Serving), value(priority.Working))
			assert.Greater(t, value(priority.Working), value(priority.Rendering))
			assert.Greater(t, value(priority.Rendering), 0.)
		})
	}
}
