package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// reference is an object that another one names.
type reference struct {
	apiVersion, kind, namespace, name string
}

// references looks up whatever the environment's objects name or select. KWOK would start a pod whose ConfigMap is
// not there; a kubelet would not.
func references(ctx context.Context, c *cluster, s *section) error {
	templates, err := c.templates(ctx)
	if err != nil {
		return err
	}
	var dangling []string
	looked := map[string]int{}
	look := func(from string, r reference) error {
		looked[r.kind]++
		object := &unstructured.Unstructured{}
		object.SetAPIVersion(r.apiVersion)
		object.SetKind(r.kind)
		err := c.Client.Get(ctx, client.ObjectKey{Namespace: r.namespace, Name: r.name}, object)
		if apierrors.IsNotFound(err) {
			dangling = append(dangling, fmt.Sprintf("%s names %s %s", from, r.kind, r.name))
			return nil
		}
		return err
	}
	for _, t := range templates {
		for _, r := range podReferences(t.namespace, &t.spec) {
			if err := look(t.owner, r); err != nil {
				return err
			}
		}
	}
	for _, m := range c.env.manifests {
		for _, r := range objectReferences(m.object) {
			if err := look(m.String(), r); err != nil {
				return err
			}
		}
	}
	s.check(len(dangling) == 0, "every object that is named is there", "%s looked up; %s", counts(looked), strings.Join(dangling, "; "))
	if err := c.selections(ctx, s, templates); err != nil {
		return err
	}
	return c.autoscalersWork(ctx, s)
}

// podReferences are the objects a pod cannot start without.
func podReferences(namespace string, spec *corev1.PodSpec) []reference {
	var all []reference
	add := func(apiVersion, kind, namespace, name string, optional *bool) {
		if name != "" && (optional == nil || !*optional) {
			all = append(all, reference{apiVersion, kind, namespace, name})
		}
	}
	add("v1", "ServiceAccount", namespace, spec.ServiceAccountName, nil)
	add("scheduling.k8s.io/v1", "PriorityClass", "", spec.PriorityClassName, nil)
	for _, secret := range spec.ImagePullSecrets {
		add("v1", "Secret", namespace, secret.Name, nil)
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for _, container := range containers {
			for _, from := range container.EnvFrom {
				if from.ConfigMapRef != nil {
					add("v1", "ConfigMap", namespace, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
				}
				if from.SecretRef != nil {
					add("v1", "Secret", namespace, from.SecretRef.Name, from.SecretRef.Optional)
				}
			}
			for _, variable := range container.Env {
				if from := variable.ValueFrom; from != nil && from.ConfigMapKeyRef != nil {
					add("v1", "ConfigMap", namespace, from.ConfigMapKeyRef.Name, from.ConfigMapKeyRef.Optional)
				} else if from != nil && from.SecretKeyRef != nil {
					add("v1", "Secret", namespace, from.SecretKeyRef.Name, from.SecretKeyRef.Optional)
				}
			}
		}
	}
	for _, volume := range spec.Volumes {
		switch {
		case volume.ConfigMap != nil:
			add("v1", "ConfigMap", namespace, volume.ConfigMap.Name, volume.ConfigMap.Optional)
		case volume.Secret != nil:
			add("v1", "Secret", namespace, volume.Secret.SecretName, volume.Secret.Optional)
		case volume.PersistentVolumeClaim != nil:
			add("v1", "PersistentVolumeClaim", namespace, volume.PersistentVolumeClaim.ClaimName, nil)
		}
	}
	return all
}

// objectReferences are the objects that other kinds of objects name.
func objectReferences(object *unstructured.Unstructured) []reference {
	namespace := object.GetNamespace()
	text := func(value any, path ...string) string {
		t, _ := field(value, path...).(string)
		return t
	}
	spec := object.Object["spec"]
	var all []reference
	switch object.GetKind() {
	case "ScaledObject":
		kind, apiVersion := text(spec, "scaleTargetRef", "kind"), text(spec, "scaleTargetRef", "apiVersion")
		if kind == "" { // KEDA's defaults
			kind, apiVersion = "Deployment", "apps/v1"
		}
		all = append(all, reference{apiVersion, kind, namespace, text(spec, "scaleTargetRef", "name")})
		triggers, _ := field(spec, "triggers").([]any)
		for _, trigger := range triggers {
			if name := text(trigger, "authenticationRef", "name"); name != "" && text(trigger, "authenticationRef", "kind") != "ClusterTriggerAuthentication" {
				all = append(all, reference{object.GetAPIVersion(), "TriggerAuthentication", namespace, name})
			}
		}
	case "TriggerAuthentication":
		refs, _ := field(spec, "secretTargetRef").([]any)
		for _, ref := range refs {
			all = append(all, reference{"v1", "Secret", namespace, text(ref, "name")})
		}
	case "HorizontalPodAutoscaler":
		all = append(all, reference{text(spec, "scaleTargetRef", "apiVersion"), text(spec, "scaleTargetRef", "kind"), namespace, text(spec, "scaleTargetRef", "name")})
	case "ExternalSecret":
		kind := text(spec, "secretStoreRef", "kind")
		if kind == "" {
			kind = "SecretStore"
		}
		in := namespace
		if kind == "ClusterSecretStore" {
			in = ""
		}
		all = append(all, reference{object.GetAPIVersion(), kind, in, text(spec, "secretStoreRef", "name")})
	case "TargetGroupBinding":
		all = append(all, reference{"v1", "Service", namespace, text(spec, "serviceRef", "name")})
	case "Ingress":
		rules, _ := field(spec, "rules").([]any)
		for _, rule := range rules {
			paths, _ := field(rule, "http", "paths").([]any)
			for _, path := range paths {
				all = append(all, reference{"v1", "Service", namespace, text(path, "backend", "service", "name")})
			}
		}
	case "RoleBinding", "ClusterRoleBinding":
		kind := text(object.Object, "roleRef", "kind")
		in := namespace
		if kind == "ClusterRole" {
			in = ""
		}
		all = append(all, reference{"rbac.authorization.k8s.io/v1", kind, in, text(object.Object, "roleRef", "name")})
		subjects, _ := field(object.Object, "subjects").([]any)
		for _, subject := range subjects {
			if text(subject, "kind") == "ServiceAccount" {
				all = append(all, reference{"v1", "ServiceAccount", text(subject, "namespace"), text(subject, "name")})
			}
		}
	case "NodePool":
		all = append(all, reference{"eks.amazonaws.com/v1", text(spec, "template", "spec", "nodeClassRef", "kind"), "", text(spec, "template", "spec", "nodeClassRef", "name")})
	}
	return all
}

// selections checks that whatever selects pods or Services by label selects some, with the ports it names.
func (c *cluster) selections(ctx context.Context, s *section, templates []podTemplate) error {
	services := &corev1.ServiceList{}
	if err := c.Client.List(ctx, services); err != nil {
		return fmt.Errorf("listing Services: %w", err)
	}
	var nothing []string
	looked := map[string]int{}
	unseen := map[string]int{} // what selects pods in a namespace that has only those of a chart
	for _, m := range c.env.manifests {
		spec := m.object.Object["spec"]
		var matches func(labels map[string]string, ports []string) bool
		among := "pods"
		selector := field(spec, "selector")
		switch m.object.GetKind() {
		case "Service":
			selector = map[string]any{"matchLabels": selector}
		case "PodDisruptionBudget", "PodMonitor":
		case "NetworkPolicy":
			selector = field(spec, "podSelector")
		case "ServiceMonitor":
			among = "Services"
		default:
			continue
		}
		if among == "pods" && !slices.ContainsFunc(templates, func(t podTemplate) bool { return t.namespace == m.object.GetNamespace() }) {
			unseen[m.object.GetKind()+" in "+m.object.GetNamespace()]++
			continue
		}
		looked[m.object.GetKind()]++
		named, err := labelSelector(selector)
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		matches = func(labels map[string]string, ports []string) bool {
			selected, err := selects(named, labels)
			return err == nil && selected && hasPorts(m.object, ports)
		}
		found := false
		if among == "pods" {
			found = slices.ContainsFunc(templates, func(t podTemplate) bool {
				return t.namespace == m.object.GetNamespace() && matches(t.labels, portNamesOf(t.ports))
			})
		} else {
			found = slices.ContainsFunc(services.Items, func(service corev1.Service) bool {
				var ports []string
				for _, p := range service.Spec.Ports {
					ports = append(ports, p.Name)
				}
				return matches(service.Labels, ports)
			})
		}
		if !found {
			nothing = append(nothing, m.String())
		}
	}
	s.check(len(nothing) == 0, "everything that selects something selects some, with the ports it names", "%s; %s", counts(looked), strings.Join(nothing, "; "))
	if len(unseen) > 0 {
		s.figure("not looked into, as the pods are those of charts, which are not installed here", "%s", counts(unseen))
	}
	return nil
}

func labelSelector(value any) (*metav1.LabelSelector, error) {
	fields, _ := value.(map[string]any)
	selector := &metav1.LabelSelector{}
	return selector, runtime.DefaultUnstructuredConverter.FromUnstructured(fields, selector)
}

// portNamesOf are the names and numbers of ports, by either of which a Service may name them.
func portNamesOf(ports []corev1.ContainerPort) []string {
	var names []string
	for _, p := range ports {
		names = append(names, p.Name, fmt.Sprint(p.ContainerPort))
	}
	return names
}

// hasPorts is whether the ports that a Service or a monitor names are among some.
func hasPorts(object *unstructured.Unstructured, ports []string) bool {
	spec := object.Object["spec"]
	entries, name := field(spec, "ports"), "targetPort"
	switch object.GetKind() {
	case "ServiceMonitor":
		entries, name = field(spec, "endpoints"), "port"
	case "PodMonitor":
		entries, name = field(spec, "podMetricsEndpoints"), "port"
	case "Service":
	default:
		return true
	}
	list, _ := entries.([]any)
	for _, entry := range list {
		port := field(entry, name)
		if port == nil {
			port = field(entry, "port") // the default of targetPort
		}
		if !slices.Contains(ports, fmt.Sprint(port)) {
			return false
		}
	}
	return true
}

// autoscalersWork checks what the controllers say of the autoscalers: that they find what they scale and see what
// they scale it by.
func (c *cluster) autoscalersWork(ctx context.Context, s *section) error {
	for _, m := range c.objects("ScaledObject") {
		live := &unstructured.Unstructured{}
		live.SetGroupVersionKind(m.object.GroupVersionKind())
		_, err := c.waitFor(ctx, judgeLimit, "KEDA", func(ctx context.Context) (bool, string, error) {
			err := c.Client.Get(ctx, client.ObjectKeyFromObject(m.object), live)
			return hasCondition(live, "Ready", "True"), fmt.Sprint(field(live.Object, "status", "conditions")), err
		})
		s.check(err == nil, m.String()+" is ready, says KEDA", "%v", orNothing(err))
	}
	hpas := &autoscalingv2.HorizontalPodAutoscalerList{}
	if err := c.Client.List(ctx, hpas); err != nil {
		return fmt.Errorf("listing HorizontalPodAutoscalers: %w", err)
	}
	for _, hpa := range hpas.Items {
		_, err := c.waitFor(ctx, judgeLimit, "its controller", func(ctx context.Context) (bool, string, error) {
			err := c.Client.Get(ctx, client.ObjectKeyFromObject(&hpa), &hpa)
			for _, condition := range hpa.Status.Conditions {
				if condition.Type == autoscalingv2.AbleToScale {
					return condition.Status == corev1.ConditionTrue, condition.Message, err
				}
			}
			return false, "it has not looked yet", err
		})
		s.check(err == nil, "HorizontalPodAutoscaler "+hpa.Name+" finds what it scales", "%v", orNothing(err))
	}
	return nil
}

// judgeLimit is how long a controller may take to say what it thinks of an autoscaler: two of the rounds that the
// controller of HorizontalPodAutoscalers makes.
const judgeLimit = 30 * time.Second

func orNothing(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
