package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/cloud"
)

const (
	ruleType       = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	lifecycleType  = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
	deploymentType = "kubernetes:apps/v1:Deployment"
)

// behindTheEngine changes an object as somebody does who does not ask the engine. An object is never changed
// in place: others may be looking at it.
func behindTheEngine(t *testing.T, s *sandbox.Sandbox, o *cloud.Object, change func(properties map[string]any)) {
	t.Helper()
	text, err := json.Marshal(o)
	require.NoError(t, err)
	changed := &cloud.Object{}
	require.NoError(t, json.Unmarshal(text, changed))
	change(changed.Inputs)
	change(changed.Outputs)
	require.NoError(t, s.Cloud().Put(changed))
}

// object is the only object of a type; of the rules, the one for the database.
func object(t *testing.T, s *sandbox.Sandbox, typ string) *cloud.Object {
	t.Helper()
	objects := slices.DeleteFunc(s.Cloud().OfType(typ), func(o *cloud.Object) bool {
		return typ == ruleType && fmt.Sprint(o.Inputs["toPort"]) != "5432"
	})
	require.NotEmpty(t, objects, typ)
	return objects[0]
}

// image is the image of a Deployment's first container.
func image(properties map[string]any) map[string]any {
	spec := properties["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	return spec["containers"].([]any)[0].(map[string]any)
}

// tamper opens a port to the world, ends the backups, runs another image and lets a bucket grow.
func tamper(t *testing.T, s *sandbox.Sandbox) {
	t.Helper()
	behindTheEngine(t, s, object(t, s, ruleType), func(p map[string]any) {
		delete(p, "referencedSecurityGroupId")
		p["cidrIpv4"] = "0.0.0.0/0"
	})
	behindTheEngine(t, s, object(t, s, instanceType), func(p map[string]any) { p["backupRetentionPeriod"] = 0 })
	behindTheEngine(t, s, object(t, s, deploymentType), func(p map[string]any) { image(p)["image"] = "example.com/other:latest" })
	require.NoError(t, s.Cloud().Delete(object(t, s, lifecycleType).Key()))
}

// right holds the tampered objects to what the program says of them.
func right(t *testing.T, s *sandbox.Sandbox, want map[string]map[string]any) {
	t.Helper()
	for typ, inputs := range want {
		assert.Equal(t, inputs, readable(t, object(t, s, typ).Inputs), typ)
	}
}

// inputs are those of the objects that get tampered with.
func inputs(t *testing.T, s *sandbox.Sandbox) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, typ := range []string{ruleType, instanceType, deploymentType, lifecycleType} {
		all[typ] = readable(t, object(t, s, typ).Inputs)
	}
	return all
}

// readable is an object's properties as they read back from the journal.
func readable(t *testing.T, properties map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(properties)
	require.NoError(t, err)
	read := map[string]any{}
	require.NoError(t, json.Unmarshal(text, &read))
	return read
}

// What is changed behind the engine's back is not seen by a preview, found and named by drift, and put right by
// an update that refreshes first.
func TestDriftIsFoundAndPutRight(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = ""
	s := w.open(t, "dev")
	w.must(t, s.Up(ctx))
	want := inputs(t, s)
	changes, err := s.Drift(ctx)
	w.must(t, err)
	assert.Empty(t, changes, "nobody has touched anything")

	tamper(t, s)
	changes, err = s.Preview(ctx)
	w.must(t, err)
	assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), "a preview compares with the state, not with the cloud")

	w.output.Reset()
	changes, err = s.Drift(ctx)
	w.must(t, err)
	assert.Equal(t, map[apitype.OpType]int{apitype.OpUpdate: 3, apitype.OpDelete: 1}, changes, w.output.String())
	for _, said := range []string{
		`\+ cidrIpv4 *: "0\.0\.0\.0/0"`,
		`- referencedSecurityGroupId *: "sg-`,
		`~ backupRetentionPeriod *: \d+ => 0`,
		`~ image *: ".*" => "example\.com/other:latest"`,
		`- ` + lifecycleType + `: \(delete\)`,
	} {
		assert.Regexp(t, said, w.output.String())
	}

	w.must(t, s.UpAfterRefresh(ctx))
	right(t, s, want)
	changes, err = s.Drift(ctx)
	w.must(t, err)
	assert.Empty(t, changes)
	changes, err = s.Preview(ctx)
	w.must(t, err)
	assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), w.output.String())
}

// A refresh accepts into the state what was changed; as long as the program says otherwise, the next
// deployment changes it back.
func TestRefreshAcceptsDriftUntilTheNextDeployment(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = ""
	s := w.open(t, "dev")
	w.must(t, s.Up(ctx))
	want := inputs(t, s)
	tamper(t, s)

	w.must(t, s.Refresh(ctx))
	assert.EqualValues(t, 0, object(t, s, instanceType).Inputs["backupRetentionPeriod"], "a refresh changes nothing but the state")
	changes, err := s.Drift(ctx)
	w.must(t, err)
	assert.Empty(t, changes, "it was accepted")

	w.output.Reset()
	changes, err = s.Preview(ctx)
	w.must(t, err)
	delete(changes, apitype.OpSame)
	assert.Equal(t, map[apitype.OpType]int{apitype.OpUpdate: 2, apitype.OpReplace: 1, apitype.OpCreate: 1}, changes, w.output.String())
	w.must(t, s.Up(ctx))
	right(t, s, want)
}
