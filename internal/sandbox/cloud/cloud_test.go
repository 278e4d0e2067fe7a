package cloud_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/cloud"
)

const (
	vpcType    = "aws:ec2/vpc:Vpc"
	subnetType = "aws:ec2/subnet:Subnet"
)

func journal(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "sandbox", "cloud.jsonl")
}

func open(t *testing.T, path string) *cloud.Cloud {
	t.Helper()
	c, err := cloud.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() }) // closed already where a test opens it again
	return c
}

// reopen is what a program finds that starts after another has ended.
func reopen(t *testing.T, c *cloud.Cloud, path string) *cloud.Cloud {
	t.Helper()
	require.NoError(t, c.Close())
	return open(t, path)
}

func object(typ, id string) *cloud.Object {
	return &cloud.Object{
		Type: typ, ID: id,
		Inputs:  map[string]any{"cidrBlock": "10.0.0.0/16"},
		Outputs: map[string]any{"id": id, "tags": map[string]any{"a": "b"}, "zones": []any{"x", "y"}, "n": 1.5},
	}
}

func put(t *testing.T, c *cloud.Cloud, objects ...*cloud.Object) {
	t.Helper()
	for _, o := range objects {
		require.NoError(t, c.Put(o))
	}
}

func TestANewCloudIsEmpty(t *testing.T) {
	c := open(t, journal(t))
	assert.Empty(t, c.All())
	assert.Nil(t, c.Get(cloud.Key{Type: vpcType, ID: "vpc-1"}))
}

func TestObjectsSurviveReopening(t *testing.T) {
	path := journal(t)
	c := open(t, path)
	owned := object(subnetType, "subnet-1")
	owned.Owner = cloud.Key{Type: vpcType, ID: "vpc-1"}
	put(t, c, object(vpcType, "vpc-1"), object(vpcType, "vpc-2"), owned)

	changed := object(vpcType, "vpc-2")
	changed.Outputs["state"] = "changed"
	put(t, c, changed)
	require.NoError(t, c.Delete(cloud.Key{Type: vpcType, ID: "vpc-3"}), "what is not there is gone")

	c = reopen(t, c, path)
	assert.Equal(t, []*cloud.Object{owned, object(vpcType, "vpc-1"), changed}, c.All())
	require.NoError(t, c.Delete(owned.Key()))

	c = reopen(t, c, path)
	assert.Equal(t, []*cloud.Object{object(vpcType, "vpc-1"), changed}, c.All())
}

func TestFinding(t *testing.T) {
	c := open(t, journal(t))
	put(t, c, object(vpcType, "vpc-2"), object(vpcType, "vpc-1"), object(subnetType, "vpc-1"))
	assert.Equal(t, []*cloud.Object{object(vpcType, "vpc-1"), object(vpcType, "vpc-2")}, c.OfType(vpcType), "sorted, and of no other type")
	assert.Equal(t, object(vpcType, "vpc-1"), c.Get(cloud.Key{Type: vpcType, ID: "vpc-1"}))
	assert.Equal(t, object(vpcType, "vpc-2"), c.Find(vpcType, "id", "vpc-2"))
	assert.Equal(t, object(vpcType, "vpc-1"), c.Find(vpcType, "n", 1.5), "the first of those that have it")
	assert.Nil(t, c.Find(vpcType, "id", "vpc-3"))
	assert.Nil(t, c.Find(subnetType, "id", "vpc-2"))
}

func TestDeletingAnOwnerDeletesWhatItOwns(t *testing.T) {
	path := journal(t)
	c := open(t, path)
	owner := object(vpcType, "vpc-1")
	first, second, other := object(subnetType, "subnet-1"), object(subnetType, "subnet-2"), object(subnetType, "subnet-3")
	first.Owner, second.Owner, other.Owner = owner.Key(), owner.Key(), cloud.Key{Type: vpcType, ID: "vpc-2"}
	put(t, c, owner, first, second, other)

	require.NoError(t, c.Delete(owner.Key()))
	assert.Equal(t, []*cloud.Object{other}, c.All())
	assert.Equal(t, []*cloud.Object{other}, reopen(t, c, path).All())
}

// A program that is killed while it writes leaves a line without an end: the call it belongs to never
// returned, so the object was never there.
func TestAHalfWrittenLineIsCutOff(t *testing.T) {
	path := journal(t)
	c := open(t, path)
	put(t, c, object(vpcType, "vpc-1"), object(vpcType, "vpc-2"))
	require.NoError(t, c.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(whole), "\n")
	require.Len(t, lines, 3)

	for _, written := range []int{1, len(lines[1]) / 2, len(lines[1]) - 1} {
		t.Run(fmt.Sprintf("after %d of %d bytes", written, len(lines[1])), func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(lines[0]+lines[1][:written]), 0o600))
			c := open(t, path)
			assert.Equal(t, []*cloud.Object{object(vpcType, "vpc-1")}, c.All())
			put(t, c, object(vpcType, "vpc-3"))
			assert.Equal(t, []*cloud.Object{object(vpcType, "vpc-1"), object(vpcType, "vpc-3")}, reopen(t, c, path).All())
		})
	}
}

func TestABrokenLineInTheMiddleIsAnError(t *testing.T) {
	path := journal(t)
	c := open(t, path)
	put(t, c, object(vpcType, "vpc-1"))
	require.NoError(t, c.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(append(whole, "no JSON\n"...), whole...), 0o600))

	_, err = cloud.Open(path)
	assert.ErrorContains(t, err, path+":2: not a line of a cloud's journal")
}

func TestTokens(t *testing.T) {
	token := func(c *cloud.Cloud, name string) string {
		text, err := c.Token(name, 17)
		require.NoError(t, err)
		require.Regexp(t, "^[0-9a-f]{17}$", text)
		return text
	}
	path := journal(t)
	one, two := open(t, path), open(t, journal(t))
	first := token(one, "vpc")
	assert.Equal(t, first, token(two, "vpc"), "two runs of one program read alike")
	assert.NotEqual(t, first, token(one, "subnet"))

	second := token(one, "vpc")
	assert.NotEqual(t, first, second, "a second thing is a second thing")
	one = reopen(t, one, path)
	third := token(one, "vpc")
	assert.NotContains(t, []string{first, second}, third, "in the next run too")
	assert.Equal(t, second, token(two, "vpc"))
}

func TestUUID(t *testing.T) {
	token, err := open(t, journal(t)).Token("certificate", cloud.UUIDDigits)
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, cloud.UUID(token))
	assert.Equal(t, token, strings.ReplaceAll(cloud.UUID(token), "-", ""))
}

func TestConcurrentUse(t *testing.T) {
	path := journal(t)
	c := open(t, path)
	const writers, each = 8, 25
	tokens := make([][]string, writers)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				id := fmt.Sprintf("vpc-%d-%d", w, i)
				assert.NoError(t, c.Put(object(vpcType, id)))
				assert.NotNil(t, c.Find(vpcType, "id", id))
				token, err := c.Token("vpc", 17)
				assert.NoError(t, err)
				tokens[w] = append(tokens[w], token)
				if i%2 == 1 {
					assert.NoError(t, c.Delete(cloud.Key{Type: vpcType, ID: id}))
				}
			}
		})
	}
	group.Wait()
	left := c.All()
	assert.Len(t, left, writers*(each+1)/2)
	assert.Equal(t, left, reopen(t, c, path).All(), "no two lines of the journal ran into each other")

	seen := map[string]bool{}
	for _, own := range tokens {
		for _, token := range own {
			assert.False(t, seen[token], "one token for two things")
			seen[token] = true
		}
	}
}

func TestAFileThatCannotBeOpened(t *testing.T) {
	_, err := cloud.Open(t.TempDir())
	assert.ErrorContains(t, err, "opening the cloud's journal")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = cloud.Open(filepath.Join(file, "cloud.jsonl"))
	assert.ErrorContains(t, err, "making room for the cloud's journal")
}

func TestAClosedCloudTakesNothing(t *testing.T) {
	c := open(t, journal(t))
	require.NoError(t, c.Close())
	require.ErrorContains(t, c.Put(object(vpcType, "vpc-1")), "writing to the cloud's journal")
	assert.Empty(t, c.All(), "what is not on disk is not there")
}
