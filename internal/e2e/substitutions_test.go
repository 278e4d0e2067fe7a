package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func portNamed(name string, number int32) corev1.ContainerPort {
	return corev1.ContainerPort{Name: name, ContainerPort: number}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &o.Object))
	return o
}

func TestSubstitute(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"a node pool": {
			before: `{apiVersion: karpenter.sh/v1, kind: NodePool, spec: {disruption: {consolidateAfter: 2m}, template: {spec: {
				nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: render},
				requirements: [{key: eks.amazonaws.com/instance-cpu, operator: In, values: ["16"]}]}}}}`,
			after: `{apiVersion: karpenter.sh/v1, kind: NodePool, spec: {disruption: {consolidateAfter: 2s}, template: {spec: {
				nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: render},
				requirements: [{key: karpenter.kwok.sh/instance-cpu, operator: In, values: ["16"]}]}}}}`,
		},
		"a node class stays, as its group is no label": {
			before: `{apiVersion: eks.amazonaws.com/v1, kind: NodeClass, metadata: {name: render}}`,
			after:  `{apiVersion: eks.amazonaws.com/v1, kind: NodeClass, metadata: {name: render}}`,
		},
		"a pod's selector": {
			before: `{apiVersion: v1, kind: Pod, spec: {nodeSelector: {eks.amazonaws.com/instance-family: m7i}}}`,
			after:  `{apiVersion: v1, kind: Pod, spec: {nodeSelector: {karpenter.kwok.sh/instance-family: m7i}}}`,
		},
		"a scaled object": {
			before: `{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, spec: {cooldownPeriod: 300, pollingInterval: 15, advanced: {horizontalPodAutoscalerConfig: {behavior: {
				scaleUp: {stabilizationWindowSeconds: 60}, scaleDown: {stabilizationWindowSeconds: 600, policies: [{type: Pods, value: 1, periodSeconds: 120}, {type: Pods, value: 1, periodSeconds: 15}]}}}},
				triggers: [{type: redis, metadata: {address: "a:6379", enableTLS: "true"}}, {type: cron, metadata: {start: now}}, {type: aws-cloudwatch, metadata: {namespace: AWS/ApplicationELB}}]}}`,
			after: `{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, spec: {cooldownPeriod: 5, pollingInterval: 15, advanced: {horizontalPodAutoscalerConfig: {behavior: {
				scaleUp: {stabilizationWindowSeconds: 60}, scaleDown: {stabilizationWindowSeconds: 10, policies: [{type: Pods, value: 1, periodSeconds: 2}, {type: Pods, value: 1, periodSeconds: 1}]}}}},
				triggers: [{type: redis, metadata: {address: "127.0.0.1:1", enableTLS: "true"}}, {type: cron, metadata: {start: now}}]}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := object(t, c.before)
			_, err := substitute(got, "127.0.0.1:1")
			require.NoError(t, err)
			before, err := yaml.Marshal(got.Object)
			require.NoError(t, err)
			assert.YAMLEq(t, c.after, string(before))
		})
	}
}

func TestWhatHasNoSubstituteIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, refusal string }{
		"a label": {
			`{apiVersion: v1, kind: Pod, spec: {nodeSelector: {eks.amazonaws.com/instance-generation: "7"}}}`,
			"eks.amazonaws.com/instance-generation",
		},
		"a node class of another kind": {
			`{apiVersion: karpenter.sh/v1, kind: NodePool, spec: {template: {spec: {nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: render}}}}}`,
			"EC2NodeClass",
		},
		"a trigger without an address": {
			`{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, spec: {triggers: [{type: redis, metadata: {hosts: a, ports: "1"}}]}}`,
			"no address",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := substitute(object(t, c.text), "127.0.0.1:1")
			assert.ErrorContains(t, err, c.refusal)
		})
	}
}
