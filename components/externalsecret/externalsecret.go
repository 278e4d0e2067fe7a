// Package externalsecret has External Secrets bring values from Secrets Manager.
package externalsecret

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Ref is a value in Secrets Manager.
type Ref struct {
	ARN, Version pulumi.StringInput
	Property     string
}

// Args describe it.
type Args struct {
	Namespace pulumi.StringInput
	StoreName pulumi.StringInput
	Labels    pulumi.StringMapInput
	Values    map[string]Ref
}

// New makes one.
func New(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	data := pulumi.Array{}
	for _, key := range slices.Sorted(maps.Keys(args.Values)) {
		ref := args.Values[key]
		data = append(data, pulumi.Map{"secretKey": pulumi.String(key), "remoteRef": pulumi.Map{
			"key": ref.ARN, "property": pulumi.String(ref.Property), "version": pulumi.Sprintf("uuid/%s", ref.Version),
		}})
	}
	s, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String("external-secrets.io/v1"),
		Kind:        pulumi.String("ExternalSecret"),
		Metadata:    &metav1.ObjectMetaArgs{Namespace: args.Namespace, Labels: args.Labels},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{"secretStoreRef": pulumi.Map{"name": args.StoreName, "kind": pulumi.String("SecretStore")}, "data": data}},
	}, parent, pulumi.ReplaceOnChanges([]string{"spec"}))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating external secret %q: %w", name, err)
	}
	return s.Metadata.Name().Elem(), nil
}
