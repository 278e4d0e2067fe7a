// Package externalsecret delivers secrets to one workload, as the environment variables of a Secret. It is a
// foundation other components build on, not a component of its own: secrets belong to who uses them.
package externalsecret

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/awaitready"
	"coffee-platform/internal/problem"
)

// Args describe what is delivered. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Values are what is delivered, by the name of the environment variable that gets it.
	Values map[string]Ref

	// Namespace is where the Secret is.
	Namespace pulumi.StringInput
	// StoreName is the SecretStore of that namespace, as what creates it gives it.
	StoreName pulumi.StringInput
	// Labels are the workload's.
	Labels pulumi.StringMapInput
}

// Ref is one value of one version of a secret.
type Ref struct {
	// Property is the field of the secret's JSON.
	Property string

	// ARN is the secret's, Version its version's id.
	ARN, Version pulumi.StringInput
}

// variable is what POSIX calls the name of an environment variable.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if len(a.Values) == 0 {
		problems.Add("values", "is empty: name what is delivered")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		path := fmt.Sprintf("values[%s]", name)
		if !variable.MatchString(name) {
			problems.Add(path, "is not the name of an environment variable: letters, digits and _, not a digit first")
		}
		if strings.TrimSpace(a.Values[name].Property) == "" {
			problems.Add(path+".property", "is empty: name a field of the secret")
		}
	}
	return problems
}

// New delivers secrets, and returns the name of the Secret that has them, which is known once they are there.
// Each version of any of them gets a Secret of its own, under a name of its own, that never changes: pods that
// take it from the name roll when a secret is rotated, and those of the release before keep what they began
// with for as long as they run. It fails before anything is registered if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	if err := args.Validate().Err(); err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("secrets of %q: %w", name, err)
	}
	// No name of its own: Pulumi then gives every version a new one. Kubernetes could change the object in
	// place, and Pulumi would; that it is replaced instead has to be asked for.
	delivered, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("external-secrets.io/v1"),
		Kind:       pulumi.String("ExternalSecret"),
		Metadata: &metav1.ObjectMetaArgs{
			Namespace:   args.Namespace,
			Labels:      args.Labels,
			Annotations: awaitready.Annotations(),
		},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			// A version of a secret never changes. The controller makes the Secret again should it be deleted
			// (https://external-secrets.io/latest/api/externalsecret/#refresh-policy).
			"refreshPolicy":  pulumi.String("CreatedOnce"),
			"secretStoreRef": pulumi.StringMap{"kind": pulumi.String("SecretStore"), "name": args.StoreName},
			// The Secret has the object's name, and goes with it.
			"target": pulumi.Map{"creationPolicy": pulumi.String("Owner"), "immutable": pulumi.Bool(true)},
			"data":   args.data(),
		}},
	}, parent, pulumi.ReplaceOnChanges([]string{"spec"}))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("delivering the secrets of %q: %w", name, err)
	}
	return delivered.Metadata.Name().Elem(), nil
}

func (a *Args) data() pulumi.Array {
	data := pulumi.Array{}
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		ref := a.Values[name]
		data = append(data, pulumi.Map{
			"secretKey": pulumi.String(name),
			"remoteRef": pulumi.Map{
				"key":      ref.ARN,
				"property": pulumi.String(ref.Property),
				// A version without uuid/ is a staging label (https://external-secrets.io/latest/provider/aws-secrets-manager/).
				"version": pulumi.Sprintf("uuid/%s", ref.Version),
			},
		})
	}
	return data
}
