package kubeschema

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime/schema"
	karpenter "sigs.k8s.io/karpenter/pkg/apis"
)

// nodeClassDefinition is written from AWS's documentation, as AWS publishes no
// definition of it: see the comments in the file for the source of each field.
//
//go:embed nodeclass.yaml
var nodeClassDefinition []byte

// targetGroupBindingDefinition is written from documentation for the same reason.
//
//go:embed targetgroupbinding.yaml
var targetGroupBindingDefinition []byte

// definitions are the CustomResourceDefinitions whose resources are known, as
// YAML. A definition is read, parsed and compiled when the first of its
// resources is seen.
var definitions = map[schema.GroupKind]func() ([]byte, error){
	{Group: "karpenter.sh", Kind: "NodePool"}:                embedded(karpenter.NodePoolCRD),
	{Group: "eks.amazonaws.com", Kind: "NodeClass"}:          embedded(nodeClassDefinition),
	{Group: "eks.amazonaws.com", Kind: "TargetGroupBinding"}: embedded(targetGroupBindingDefinition),

	{Group: "external-secrets.io", Kind: "ExternalSecret"}: upstream("external-secrets.io_externalsecrets.yaml"),
	{Group: "external-secrets.io", Kind: "SecretStore"}:    upstream("external-secrets.io_secretstores.yaml"),
	{Group: "keda.sh", Kind: "ScaledObject"}:               upstream("keda.sh_scaledobjects.yaml"),
	{Group: "keda.sh", Kind: "TriggerAuthentication"}:      upstream("keda.sh_triggerauthentications.yaml"),
}

func embedded(definition []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return definition, nil }
}

// upstream reads a definition that make takes out of its project's Go module.
// Importing the module instead would bring hundreds of others along, which would
// decide the versions of those that the program is made of.
func upstream(name string) func() ([]byte, error) {
	return func() ([]byte, error) {
		root, err := projectRoot()
		if err != nil {
			return nil, err
		}
		definition, err := os.ReadFile(filepath.Join(root, ".bin", "upstream", "crds", name))
		if err != nil {
			return nil, fmt.Errorf("run make sandbox first: %w", err)
		}
		return definition, nil
	}
}

// projectRoot is the directory of the project that the process runs in: tests
// run in their package's, everything else in the root itself.
func projectRoot() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the project: %w", err)
	}
	for at := directory; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "Pulumi.yaml")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", errors.New("no Pulumi.yaml in " + directory + " or above: run this in the project")
		}
	}
}
