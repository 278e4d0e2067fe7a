package e2e

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// pausedAnnotation stops KEDA from scaling what a ScaledObject is about
// (https://keda.sh/docs/latest/reference/scaledobject-spec/#pausing-autoscaling).
const pausedAnnotation = "autoscaling.keda.sh/paused"

// bounds are within what an autoscaler keeps a Deployment.
type bounds struct{ min, max int32 }

// bounds are those of a Deployment: of the ScaledObject or HorizontalPodAutoscaler in the manifests that is about
// it, or else what it asks for itself.
func (c *cluster) bounds(d *appsv1.Deployment) (bounds, error) {
	for _, m := range c.objects("ScaledObject") {
		if target, _ := field(m.object.Object, "spec", "scaleTargetRef", "name").(string); target == d.Name && m.object.GetNamespace() == d.Namespace {
			least, err := number(m.object, 0, "spec", "minReplicaCount") // KEDA's defaults
			if err != nil {
				return bounds{}, err
			}
			most, err := number(m.object, 100, "spec", "maxReplicaCount")
			return bounds{least, most}, err
		}
	}
	for _, m := range c.objects("HorizontalPodAutoscaler") {
		hpa, err := as[autoscalingv2.HorizontalPodAutoscaler](m.object)
		if err != nil {
			return bounds{}, err
		}
		if hpa.Spec.ScaleTargetRef.Name == d.Name && hpa.Namespace == d.Namespace {
			least := int32(1)
			if hpa.Spec.MinReplicas != nil {
				least = *hpa.Spec.MinReplicas
			}
			return bounds{least, hpa.Spec.MaxReplicas}, nil
		}
	}
	return bounds{*d.Spec.Replicas, *d.Spec.Replicas}, nil
}

// number is a whole number in an object, or a default where there is none.
func number(object *unstructured.Unstructured, otherwise int32, path ...string) (int32, error) {
	value, found, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	if err != nil || !found {
		return otherwise, err
	}
	switch v := value.(type) {
	case int64:
		return int32(v), nil
	case float64:
		return int32(v), nil
	}
	return 0, fmt.Errorf("%s %s: %v is %v, not a number", object.GetKind(), object.GetName(), path, value)
}

// pauseAutoscaling has KEDA leave all Deployments alone, or no longer.
func (c *cluster) pauseAutoscaling(ctx context.Context, pause bool) error {
	value := `null`
	if pause {
		value = `"true"`
	}
	for _, m := range c.objects("ScaledObject") {
		if err := c.mergePatch(ctx, m.object.DeepCopy(), fmt.Sprintf(`{"metadata":{"annotations":{%q:%s}}}`, pausedAnnotation, value)); err != nil {
			return err
		}
	}
	if !pause {
		return nil
	}
	_, err := c.waitFor(ctx, settleLimit, "KEDA to pause", func(ctx context.Context) (bool, string, error) {
		for _, m := range c.objects("ScaledObject") {
			live := &unstructured.Unstructured{}
			live.SetGroupVersionKind(m.object.GroupVersionKind())
			if err := c.Client.Get(ctx, client.ObjectKeyFromObject(m.object), live); err != nil {
				return false, "", err
			}
			if !hasCondition(live, "Paused", "True") {
				return false, m.String() + " is not paused", nil
			}
		}
		return true, "", nil
	})
	return err
}

// hasCondition is whether an object's status has a condition.
func hasCondition(object *unstructured.Unstructured, kind, status string) bool {
	conditions, _ := field(object.Object, "status", "conditions").([]any)
	for _, condition := range conditions {
		if field(condition, "type") == kind && field(condition, "status") == status {
			return true
		}
	}
	return false
}
