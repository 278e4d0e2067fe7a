package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Labels the scenarios find things by.
const (
	componentLabel = "app.kubernetes.io/component"
	poolLabel      = "karpenter.sh/nodepool"
)

// Components that scenarios treat in their own ways (stacks/callgraph has all of them).
const (
	apiComponent       = "api"
	renderComponent    = "render"
	migrationComponent = "migration"
)

// settleLimit is how long the controllers may take to do what was asked of them.
const settleLimit = 2 * time.Minute

// cluster is a control plane with an environment in it.
type cluster struct {
	*controlPlane
	env  *environment
	pods *podWatch
}

// objects are the manifests of a kind.
func (c *cluster) objects(kind string) []*manifest {
	var found []*manifest
	for _, m := range c.env.manifests {
		if m.object.GetKind() == kind {
			found = append(found, m)
		}
	}
	return found
}

// deployments are the environment's Deployments as they are now.
func (c *cluster) deployments(ctx context.Context) ([]*appsv1.Deployment, error) {
	var list []*appsv1.Deployment
	for _, m := range c.objects("Deployment") {
		d := &appsv1.Deployment{}
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(m.object), d); err != nil {
			return nil, fmt.Errorf("reading a Deployment: %w", err)
		}
		list = append(list, d)
	}
	return list, nil
}

// deployment is the Deployment of a component; if it has several, the first. It is an error if there is none.
func (c *cluster) deployment(ctx context.Context, component string) (*appsv1.Deployment, error) {
	all, err := c.deployments(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if componentOf(&d.Spec.Template) == component {
			return d, nil
		}
	}
	return nil, fmt.Errorf("a Deployment of component %s %w", component, errNotThere)
}

// componentOf is the component of pods.
func componentOf(object interface{ GetLabels() map[string]string }) string {
	return object.GetLabels()[componentLabel]
}

// scale asks for a number of replicas, through the subresource that autoscalers use.
func (c *cluster) scale(ctx context.Context, d *appsv1.Deployment, replicas int32) error {
	err := c.Client.SubResource("scale").Update(ctx, d, client.WithSubResourceBody(&autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
	}))
	if err != nil {
		return fmt.Errorf("scaling Deployment %s to %d: %w", d.Name, replicas, err)
	}
	return nil
}

// settled is whether a Deployment is what it should be: its controller has seen it, and all its replicas are of
// the newest template and available.
func settled(d *appsv1.Deployment) (bool, string) {
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	s := d.Status
	holds := s.ObservedGeneration >= d.Generation && s.Replicas == want && s.UpdatedReplicas == want && s.AvailableReplicas == want
	return holds, fmt.Sprintf("Deployment %s has %d replicas of %d, %d of the newest template, %d available", d.Name, s.Replicas, want, s.UpdatedReplicas, s.AvailableReplicas)
}

// awaitSettled waits until all Deployments are what they should be, with no fewer replicas than their autoscalers ask
// for (a Deployment that leaves its number to one begins with a single pod), unless something has scaled them down to none.
func (c *cluster) awaitSettled(ctx context.Context) (time.Duration, error) {
	took, err := c.waitFor(ctx, settleLimit, "all Deployments to be available", func(ctx context.Context) (bool, string, error) {
		all, err := c.deployments(ctx)
		if err != nil {
			return false, "", err
		}
		for _, d := range all {
			holds, seen := settled(d)
			if !holds {
				return false, seen, nil
			}
			b, err := c.bounds(d)
			if err != nil {
				return false, "", err
			}
			if *d.Spec.Replicas > 0 && *d.Spec.Replicas < b.min {
				return false, fmt.Sprintf("Deployment %s has %d replicas, its autoscaler's minimum is %d", d.Name, *d.Spec.Replicas, b.min), nil
			}
		}
		return true, "", nil
	})
	return took, c.explained(ctx, err)
}

// explained is an error, if it is one, with why controllers could not make or place pods.
func (c *cluster) explained(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	var why []string
	sets := &appsv1.ReplicaSetList{}
	if listErr := c.Client.List(ctx, sets); listErr != nil {
		return errors.Join(err, listErr)
	}
	for _, set := range sets.Items {
		for _, condition := range set.Status.Conditions {
			if condition.Type == appsv1.ReplicaSetReplicaFailure && condition.Status == corev1.ConditionTrue {
				why = append(why, condition.Message)
			}
		}
	}
	for _, pod := range c.pods.where(waits) {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodScheduled && condition.Message != "" {
				why = append(why, componentOf(pod)+" pods: "+condition.Message)
			}
		}
	}
	if len(why) == 0 {
		return err
	}
	slices.Sort(why)
	return fmt.Errorf("%w; %s", err, strings.Join(slices.Compact(why), "; "))
}

// nodes are all nodes.
func (c *cluster) nodes(ctx context.Context) ([]corev1.Node, error) {
	list := &corev1.NodeList{}
	if err := c.Client.List(ctx, list); err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	return list.Items, nil
}

// as converts an object into a Go type.
func as[T any](object *unstructured.Unstructured) (*T, error) {
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return typed, nil
}

// mergePatch changes fields of an object that others own, as a person would with kubectl patch.
func (c *cluster) mergePatch(ctx context.Context, object client.Object, patch string) error {
	err := c.Client.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(patch)), client.FieldOwner("e2e"))
	if err != nil {
		return fmt.Errorf("changing %s: %w", object.GetName(), err)
	}
	return nil
}

// counts is a count for each name, as text.
func counts(of map[string]int) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", name, of[name])
	}
	return text
}
