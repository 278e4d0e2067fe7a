package kubeschema

import (
	_ "embed"

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
// YAML. A definition is parsed and compiled when the first of its resources is
// seen.
var definitions = map[schema.GroupKind][]byte{
	{Group: "karpenter.sh", Kind: "NodePool"}:                karpenter.NodePoolCRD,
	{Group: "eks.amazonaws.com", Kind: "NodeClass"}:          nodeClassDefinition,
	{Group: "eks.amazonaws.com", Kind: "TargetGroupBinding"}: targetGroupBindingDefinition,
}
