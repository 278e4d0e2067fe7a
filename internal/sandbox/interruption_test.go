package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/faults"
	"coffee-platform/internal/sandbox/mutation"
)

// everyInterruption makes the tests of interruptions run all there are, as make interruptions does.
const everyInterruption = "COFFEE_EVERY_INTERRUPTION"

// sampled are those of twenty interruptions that are run: an early one and a late one of another kind, unless all are
// asked for, which take minutes.
func sampled() (first, step int) {
	if os.Getenv(everyInterruption) != "" {
		return 0, 1
	}
	return 3, 15
}

// inventory is what there is after a deployment: the URNs in the state, and how many objects of each type are
// in the cloud, those that it makes on the side included.
type inventory struct {
	urns    []string
	objects map[string]int
}

func takeInventory(t *testing.T, s *sandbox.Sandbox) inventory {
	t.Helper()
	resources, err := s.Resources(context.Background())
	require.NoError(t, err)
	there := inventory{objects: map[string]int{}}
	known := map[cloud.Key]bool{}
	for _, o := range s.Cloud().All() {
		there.objects[o.Type]++
		known[cloud.Key{Type: o.Type, ID: o.ID}] = true
		known[cloud.Key{Type: o.Type, ID: strings.TrimPrefix(o.ID, o.Owner.ID+"/")}] = true
	}
	for _, r := range resources {
		there.urns = append(there.urns, string(r.URN))
		if inCloud(string(r.Type)) && r.Custom {
			assert.True(t, known[cloud.Key{Type: string(r.Type), ID: string(r.ID)}], "%s is in the state and not in the cloud", r.URN)
		}
	}
	slices.Sort(there.urns)
	return there
}

// inCloud tells whether resources of a type stand for something outside of the state.
func inCloud(typ string) bool {
	return !strings.HasPrefix(typ, "pulumi:") && !strings.HasPrefix(typ, "random:")
}

// reference is what a deployment of prod makes when nothing gets in its way, and how many calls it takes.
var reference struct {
	once  sync.Once
	there inventory
	calls int
}

func uninterrupted(t *testing.T) (inventory, int) {
	t.Helper()
	reference.once.Do(func() { reference.there, reference.calls = deployReference(t) })
	require.NotZero(t, reference.calls, "the deployment that all are compared with failed")
	return reference.there, reference.calls
}

func deployReference(t *testing.T) (inventory, int) {
	t.Helper()
	w := newWorld(t)
	w.options.PolicyPack = ""
	s := w.open(t, "prod")
	w.must(t, s.Up(context.Background()))
	return takeInventory(t, s), len(s.Operations())
}

// summary is a table of what tests did, shown when all are done.
type summary struct {
	mu    sync.Mutex
	lines []string
}

func (s *summary) add(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *summary) show(t *testing.T, header string) {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	slices.Sort(s.lines)
	_, _ = fmt.Fprintln(table, header+"\n"+strings.Join(s.lines, "\n")) // to a buffer
	_ = table.Flush()
	t.Log("\n" + text.String())
}

// complete holds a sandbox to what it would be had nothing happened.
func complete(t *testing.T, w *world, s *sandbox.Sandbox, want inventory) {
	t.Helper()
	left, err := s.Orphans(context.Background())
	require.NoError(t, err)
	assert.Empty(t, left, "orphans")
	assert.Equal(t, want, takeInventory(t, s))
	changes, err := s.Preview(context.Background())
	w.must(t, err)
	assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), w.output.String())
}

// However a deployment is killed, what it had made and the state does not know is exactly what recovery finds
// and adopts, and the next deployment makes the rest: nothing twice, nothing orphaned, nothing lost.
//
// Twenty points, spread over all calls that change something, every other one just before its call and the
// rest just after it.
func TestKilledDeploymentsAreRecovered(t *testing.T) {
	sandbox.OnLinux(t)
	t.Parallel()
	points, total := 20, &summary{}
	want, calls := uninterrupted(t)
	first, step := sampled()
	t.Run("at", func(t *testing.T) {
		for i := first; i < points; i += step {
			fault := faults.Fault{Operation: faults.Any, Type: faults.Any, Nth: 1 + i*(calls-1)/(points-1), Kind: faults.KillAfter}
			if i%2 == 1 {
				fault.Kind = faults.KillBefore
			}
			t.Run(fmt.Sprintf("%03d %s", fault.Nth, fault.Kind), func(t *testing.T) {
				t.Parallel()
				killAndRecover(t, fault, want, total)
			})
		}
	})
	total.show(t, fmt.Sprintf("killed at call (of %d)\tstate\tpending\tin the cloud\tkill\trecovery\tfinish", calls))
}

func killAndRecover(t *testing.T, fault faults.Fault, want inventory, total *summary) {
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack, w.options.Faults, w.options.SaveOnce = "", []faults.Fault{fault}, false
	start := time.Now()
	s := w.open(t, "prod")
	require.Error(t, s.Up(ctx), "nobody noticed")
	assert.Empty(t, s.Unmet())
	require.NoError(t, s.Close()) // what is on its way to the cloud arrives
	killed := time.Since(start)
	made := map[string]bool{}
	for _, op := range s.Operations() {
		if op.Kind == mutation.Create && op.Err == nil && inCloud(string(op.URN.Type())) {
			made[string(op.URN)] = true
		}
	}

	w.options.Faults, w.options.SaveOnce = nil, true
	start = time.Now()
	s = w.open(t, "prod")
	assert.Contains(t, w.output.String(), "the last run was killed")
	resources, err := s.Resources(ctx)
	require.NoError(t, err)
	for _, r := range resources {
		delete(made, string(r.URN))
	}
	pending, err := s.PendingCreates(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, pending, "the engine died at rest")
	found, reached := map[cloud.Key]bool{}, map[string]bool{}
	for _, p := range pending {
		for _, id := range p.Found {
			found[cloud.Key{Type: p.Type, ID: id}] = true
			reached[string(p.URN)] = true
		}
		assert.LessOrEqual(t, len(p.Found), 1, "%s is ambiguous", p.URN)
	}
	assert.Equal(t, made, reached, "what the stand-ins made, and what recovery finds")
	left, err := s.Orphans(ctx)
	require.NoError(t, err)
	orphaned := map[cloud.Key]bool{}
	for _, key := range left {
		orphaned[key] = true
	}
	assert.Equal(t, found, orphaned, "orphans are the pending creations that reached the cloud, and nothing else is")

	before := len(s.Cloud().All())
	require.ErrorIs(t, s.Up(ctx), sandbox.ErrPendingCreates)
	assert.Len(t, s.Cloud().All(), before, "a refused run did something")

	w.must(t, s.Recover(ctx))
	recovered := time.Since(start)
	start = time.Now()
	w.must(t, s.Up(ctx))
	finished := time.Since(start)
	complete(t, w, s, want)
	total.add("%03d %s\t%d\t%d\t%d\t%.1fs\t%.1fs\t%.1fs", fault.Nth, fault.Kind, len(resources), len(pending), len(found),
		killed.Seconds(), recovered.Seconds(), finished.Seconds())
}

// singleFaults are calls that fail, by what is heard of them.
var singleFaults = []string{
	"create aws:ec2/vpc:Vpc#1 refuse",
	"create aws:ec2/natGateway:NatGateway#1 interrupt",
	"create kubernetes:apps/v1:Deployment#1 throttle",
	"create aws:secretsmanager/secretVersion:SecretVersion#1 refuse",
	"create aws:ec2/natGateway:NatGateway#2 throttle",
	"create aws:eks/cluster:Cluster#1 interrupt",
	"create aws:eks/cluster:Cluster#1 refuse",
	"create aws:eks/cluster:Cluster#1 throttle",
	"create aws:rds/instance:Instance#1 refuse",
	"create aws:rds/instance:Instance#1 interrupt",
	"create aws:rds/instance:Instance#1 throttle",
	"create kubernetes:apps/v1:Deployment#1 refuse",
	"create aws:iam/rolePolicy:RolePolicy#1 interrupt",
	"create aws:secretsmanager/secretVersion:SecretVersion#1 throttle",
	"create aws:secretsmanager/secretVersion:SecretVersion#1 interrupt",
	"create kubernetes:apps/v1:Deployment#1 interrupt",
	"create aws:iam/rolePolicy:RolePolicy#2 refuse",
	"create aws:s3/bucketPolicy:BucketPolicy#1 throttle",
	"create aws:elasticache/replicationGroup:ReplicationGroup#1 interrupt",
	"create aws:kms/key:Key#3 throttle",
}

// heard is what a person reads of each kind of fault.
var heard = map[faults.Kind]string{
	faults.Refuse:    "AccessDenied",
	faults.Throttle:  "ThrottlingException: Rate exceeded",
	faults.Interrupt: "timeout while waiting for state",
}

// A call that fails fails the deployment, which says why; running it again finishes it.
func TestFailedDeploymentsAreFinishedByRunningThemAgain(t *testing.T) {
	t.Parallel()
	total := &summary{}
	want, _ := uninterrupted(t)
	first, step := sampled()
	t.Run("by", func(t *testing.T) {
		for i := first; i < len(singleFaults); i += step {
			fault, err := faults.Parse(singleFaults[i])
			require.NoError(t, err)
			t.Run(fault.String(), func(t *testing.T) {
				t.Parallel()
				failAndRunAgain(t, fault, want, total)
			})
		}
	})
	total.show(t, "fault\tstate\tof\tin the cloud\tfail\tfinish")
}

func failAndRunAgain(t *testing.T, fault faults.Fault, want inventory, total *summary) {
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack, w.options.Faults = "", []faults.Fault{fault}
	s := w.open(t, "prod")
	start := time.Now()
	err := s.Up(ctx)
	failed := time.Since(start)
	require.Error(t, err, "nobody noticed")
	require.False(t, errors.Is(err, sandbox.ErrPendingCreates))
	assert.Empty(t, s.Unmet())
	assert.Contains(t, w.output.String(), fault.Type+": ", "the output does not name the type")
	assert.Contains(t, w.output.String(), heard[fault.Kind])
	left, err := s.Orphans(ctx)
	require.NoError(t, err)
	assert.Empty(t, left, "a failure that was reported left something behind")
	resources, err := s.Resources(ctx)
	require.NoError(t, err)
	objects := len(s.Cloud().All())

	start = time.Now()
	w.must(t, s.Up(ctx))
	total.add("%s\t%d\t%d\t%d\t%.1fs\t%.1fs", fault, len(resources), len(want.urns), objects, failed.Seconds(), time.Since(start).Seconds())
	complete(t, w, s, want)
}

// The engine's own way to adopt what it had made forgets it, without an error. Should this fail with a newer
// engine, then pulumi refresh --import-pending-creates works, and package adopt has had its day.
func TestTheEnginesOwnRecoveryForgetsWhatItHadMade(t *testing.T) {
	sandbox.OnLinux(t)
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack, w.options.SaveOnce = "", false
	w.options.Faults = []faults.Fault{{Operation: "create", Type: "aws:ecr/repository:Repository", Nth: 1, Kind: faults.KillAfter}}
	s := w.open(t, "shared")
	require.Error(t, s.Up(ctx))
	require.NoError(t, s.Close())
	s = w.open(t, "shared")
	before, err := s.Orphans(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, before)
	require.ErrorIs(t, s.Destroy(ctx), sandbox.ErrPendingCreates, "destroying what the state does not know leaves it behind")
	w.must(t, s.ImportPendingCreates(ctx))
	pending, err := s.PendingCreates(ctx)
	require.NoError(t, err)
	for _, p := range pending {
		assert.Empty(t, p.Found, "%s is still pending, though the engine was told its id", p.URN)
	}
	after, err := s.Orphans(ctx)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}
