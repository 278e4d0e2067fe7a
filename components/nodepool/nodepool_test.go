package nodepool_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/nodepool"
	"coffee-platform/internal/testkit"
)

const (
	classType = "kubernetes:eks.amazonaws.com/v1:NodeClass"
	poolType  = "kubernetes:karpenter.sh/v1:NodePool"
)

func validArgs() *nodepool.Args {
	return &nodepool.Args{
		PoolName:        "render",
		Dedicated:       true,
		Families:        []string{"m6a", "m7i"},
		CPUs:            []int{16},
		MaxCPU:          64,
		MaxMemoryGiB:    256,
		DiskGiB:         200,
		OnlyWhenEmpty:   true,
		DrainMinutes:    60,
		Tags:            map[string]string{"team": "coffee"},
		NodeRole:        pulumi.String("node-role"),
		KeyARN:          pulumi.String("arn:aws:kms:us-east-1:111122223333:key/k"),
		SubnetIDs:       pulumi.ToStringArray([]string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"}),
		SecurityGroupID: pulumi.String("sg-0123456789abcdef0"),
	}
}

func program(args *nodepool.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := nodepool.New(ctx, "render", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			assert.Len(t, r.All(), 3)
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:nodepool:NodePool"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestClassSaysHowNodesAreMade(t *testing.T) {
	class := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, classType, "render-class")
	assert.Equal(t, map[string]any{
		"role": "node-role",
		"subnetSelectorTerms": []any{
			map[string]any{"id": "subnet-0123456789abcdef0"}, map[string]any{"id": "subnet-0123456789abcdef1"},
		},
		"securityGroupSelectorTerms": []any{map[string]any{"id": "sg-0123456789abcdef0"}},
		"networkPolicy":              "DefaultDeny",
		"ephemeralStorage":           map[string]any{"size": "200Gi", "kmsKeyID": "arn:aws:kms:us-east-1:111122223333:key/k"},
		"tags":                       map[string]any{"team": "coffee"},
	}, class.Get(t, "spec"))
}

func TestPoolSaysWhichNodesAndHowMany(t *testing.T) {
	pool := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, poolType, "render")
	assert.Equal(t, map[string]any{"cpu": "64", "memory": "256Gi"}, pool.Get(t, "spec", "limits"))
	assert.Equal(t, map[string]any{"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "render"},
		pool.Get(t, "spec", "template", "spec", "nodeClassRef"))
	assert.Equal(t, "render", pool.Get(t, "spec", "template", "metadata", "labels", nodepool.Label))
	wanted := map[any]any{}
	for _, requirement := range pool.Get(t, "spec", "template", "spec", "requirements").([]any) {
		r := requirement.(map[string]any)
		assert.Equal(t, "In", r["operator"])
		wanted[r["key"]] = r["values"]
	}
	assert.Equal(t, map[any]any{
		"karpenter.sh/capacity-type":        []any{"on-demand"},
		"kubernetes.io/arch":                []any{"amd64"},
		"eks.amazonaws.com/instance-family": []any{"m6a", "m7i"},
		"eks.amazonaws.com/instance-cpu":    []any{"16"},
	}, wanted)
	assert.Equal(t, "60m", pool.Get(t, "spec", "template", "spec", "terminationGracePeriod"))
}

// A dedicated pool keeps everything else off its nodes; a shared one must not.
func TestDedicatedPool(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, []any{map[string]any{"key": "coffee.dev/render", "value": "true", "effect": "NoSchedule"}},
		r.One(t, poolType, "render").Get(t, "spec", "template", "spec", "taints"))

	args := validArgs()
	args.Dedicated = false
	shared := testkit.MustRun(t, testkit.Update, program(args))
	assert.NotContains(t, shared.One(t, poolType, "render").Get(t, "spec", "template", "spec"), "taints")
	assert.Equal(t, "DefaultAllow", shared.One(t, classType, "render-class").Get(t, "spec", "networkPolicy"))
}

func TestConsolidation(t *testing.T) {
	for onlyWhenEmpty, want := range map[bool]string{true: "WhenEmpty", false: "WhenEmptyOrUnderutilized"} {
		args := validArgs()
		args.OnlyWhenEmpty = onlyWhenEmpty
		pool := testkit.MustRun(t, testkit.Update, program(args)).One(t, poolType, "render")
		assert.Equal(t, want, pool.Get(t, "spec", "disruption", "consolidationPolicy"))
	}
}

// Nodes that lose their way into the cluster can neither drain nor leave it.
func TestAccessOutlivesTheNodes(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		access, err := corev1.NewNamespace(ctx, "access", nil)
		if err != nil {
			return err
		}
		args := validArgs()
		args.Access = []pulumi.Resource{access}
		_, err = nodepool.New(ctx, "render", args)
		return err
	})
	class := r.One(t, classType, "render-class")
	assert.Contains(t, class.Dependencies, r.One(t, "kubernetes:core/v1:Namespace", "access").URN)
	assert.Contains(t, r.One(t, poolType, "render").Dependencies, class.URN)
}

func TestGPUs(t *testing.T) {
	args := validArgs()
	args.Families, args.MaxGPUs = []string{"g6"}, 4
	pool := testkit.MustRun(t, testkit.Update, program(args)).One(t, poolType, "render")
	assert.Equal(t, "4", pool.Get(t, "spec", "limits", "nvidia.com/gpu"))
	assert.Contains(t, pool.Get(t, "spec", "template", "spec", "requirements"),
		map[string]any{"key": "eks.amazonaws.com/instance-gpu-manufacturer", "operator": "In", "values": []any{"nvidia"}})

	without := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, poolType, "render")
	assert.NotContains(t, without.Get(t, "spec", "limits"), "nvidia.com/gpu")
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*nodepool.Args)
		want   string
	}{
		{"name", func(a *nodepool.Args) { a.PoolName = "Render" }, `name: "Render" is not a pool name`},
		{"reserved name", func(a *nodepool.Args) { a.PoolName = "default" }, `name: "default" is not a pool name`},
		{"no families", func(a *nodepool.Args) { a.Families = nil }, "families: is empty"},
		{"type for a family", func(a *nodepool.Args) { a.Families = []string{"m7i.4xlarge"} }, `families: "m7i.4xlarge" is not an instance family`},
		{"no sizes", func(a *nodepool.Args) { a.CPUs = nil }, "cpus: is empty"},
		{"unknown size", func(a *nodepool.Args) { a.CPUs = []int{6} }, "cpus: no instance has 6 vCPUs"},
		{"less than a node", func(a *nodepool.Args) { a.MaxCPU = 15 }, "maxCpu: 15 vCPUs cannot hold one node of 16: use at least 16"},
		{"too little memory", func(a *nodepool.Args) { a.MaxMemoryGiB = 127 }, "maxMemoryGiB: 127 GiB is reached before 64 vCPUs are"},
		{"disk", func(a *nodepool.Args) { a.DiskGiB = 19 }, "diskGiB: 19 is outside 20 to 59000 GiB"},
		{"drain", func(a *nodepool.Args) { a.DrainMinutes = 1441 }, "drainMinutes: 1441 is outside 1 to 1440 minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
