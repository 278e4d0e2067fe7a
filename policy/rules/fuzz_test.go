package rules

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// documents say where resources keep IAM policy documents: permissions, trust and policies of resources.
var documents = map[string]string{
	"aws:iam/policy:Policy":         "policy",
	"aws:iam/rolePolicy:RolePolicy": "policy",
	"aws:iam/role:Role":             "assumeRolePolicy",
	bucketPolicyType:                "policy",
	kmsKey:                          "policy",
	"aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
	"aws:ecr/repositoryPolicy:RepositoryPolicy":    "policy",
}

// FuzzIAMDocuments throws documents at every rule that reads one. None may crash, what is no JSON may not pass, and
// it makes no difference whether a program hands over text or an object.
func FuzzIAMDocuments(f *testing.F) {
	for _, r := range All() {
		for _, one := range fixtures(f, r.ID) {
			for _, sent := range append(one.Stack, one.fixtureResource) {
				if document, ok := sent.Inputs[documents[sent.Type]].(string); ok {
					f.Add(document)
				} else if text, err := json.Marshal(sent.Inputs[documents[sent.Type]]); err == nil && string(text) != "null" {
					f.Add(string(text))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, document string) {
		var decoded any
		isJSON := json.Unmarshal([]byte(document), &decoded) == nil
		for typ, property := range documents {
			refused := false
			for _, r := range All() {
				about := rule.Resource{URN: "u", Type: typ, Inputs: given(property, document)}
				if r.Check == nil || !r.AppliesTo(about) {
					continue
				}
				env := rule.Env{Settings: r.Defaults()}
				text := r.Ask(about, env)
				refused = refused || text.Outcome() == rule.Failed
				if _, isText := decoded.(string); isJSON && !isText { // a text would be read once more
					about.Inputs = given(property, decoded)
					assert.Equal(t, text.Outcome(), r.Ask(about, env).Outcome(), "%s of %s tells text from an object: %q", r.ID, typ, document)
				}
			}
			if !isJSON {
				assert.True(t, refused, "no rule about %s refuses what is no JSON: %q", typ, document)
			}
		}
	})
}

func given(property string, value any) rule.Value {
	return rule.NewValue("u", resource.PropertyMap{resource.PropertyKey(property): resource.NewPropertyValue(value)})
}

// pinned is an image with a digest, and ownImage one of the registries that are trusted from the start, recognised without
// taking them apart.
var (
	pinned   = regexp.MustCompile(`^[^@]*@sha256:[0-9a-f]{64}$`)
	ownImage = regexp.MustCompile(`^[^/]*\.dkr\.ecr\.[^/]*\.amazonaws\.com/`)
)

// FuzzImages throws references at the rules about images. None may crash; only a digest pins an image, only a tag or
// a digest names a version, and only the registries that were chosen are trusted.
func FuzzImages(f *testing.F) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for _, image := range []string{
		"", "nginx", "nginx:latest", "nginx:1.27", "localhost:5000/nginx", "registry:5000/a/b:1" + digest, "a@b@c", "a" + digest + "0", "//:@",
		"111122223333.dkr.ecr.us-east-1.amazonaws.com/api", "111122223333.dkr.ecr.us-east-1.amazonaws.com/api:1" + digest,
		"public.ecr.aws/docker/library/postgres:16" + digest, "x.amazonaws.com.evil.example/api:1",
	} {
		f.Add(image)
	}
	f.Fuzz(func(t *testing.T, image string) {
		pod := properties(map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"image": image}}}})
		about := rule.Resource{Type: "kubernetes:core/v1:Pod", Inputs: rule.NewValue("u", pod)}
		outcome := func(r rule.Rule) rule.Outcome {
			return r.Ask(about, rule.Env{Settings: r.Defaults(), Deployment: rule.Deployment{Tier: rule.Prod}}).Outcome()
		}
		if image == "$unknown" {
			return // what a fixture writes for a value nobody knows
		}
		byDigest := pinned.MatchString(image)
		assert.Equal(t, byDigest, outcome(pinImages) == rule.Passed, "g2 of %q", image)
		if outcome(tagImages) == rule.Passed {
			assert.True(t, byDigest || strings.Contains(image, ":") && !strings.HasSuffix(image, ":latest"), "g1 passes %q", image)
		}
		if outcome(trustRegistries) == rule.Passed {
			assert.True(t, ownImage.MatchString(image) || byDigest && strings.HasPrefix(image, "public.ecr.aws/"), "g3 passes %q", image)
		}
	})
}
