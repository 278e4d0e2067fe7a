package kubeschema

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// podContext is what the checks of a container need to know of its pod.
type podContext struct {
	volumes     map[string]corev1.Volume
	claims      map[string]bool
	gracePeriod int64
	hostNetwork bool
}

// containerRole decides which fields a container may use.
type containerRole int

const (
	mainContainer containerRole = iota
	initContainer
	sidecarContainer // an init container that keeps running: restartPolicy Always
)

func (pod podContext) validateContainers(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	if len(spec.Containers) == 0 {
		errors = append(errors, field.Required(path.Child("containers"), ""))
	}
	names := map[string]bool{}
	unique := func(path *field.Path, name string) {
		if names[name] {
			errors = append(errors, field.Duplicate(path.Child("name"), name))
		}
		names[name] = name != ""
	}
	hostPorts := map[string]bool{}
	for i := range spec.Containers {
		container, containerPath := &spec.Containers[i], path.Child("containers").Index(i)
		unique(containerPath, container.Name)
		errors = append(errors, pod.validateContainer(container, containerPath, mainContainer)...)
		errors = append(errors, uniqueHostPorts(container, containerPath, hostPorts)...)
	}
	for i := range spec.InitContainers {
		container, containerPath := &spec.InitContainers[i], path.Child("initContainers").Index(i)
		unique(containerPath, container.Name)
		role := initContainer
		if policy := container.RestartPolicy; policy != nil && *policy == corev1.ContainerRestartPolicyAlways {
			role = sidecarContainer
		}
		errors = append(errors, pod.validateContainer(container, containerPath, role)...)
		errors = append(errors, uniqueHostPorts(container, containerPath, map[string]bool{})...)
	}
	if len(spec.EphemeralContainers) > 0 {
		errors = append(errors, field.Forbidden(path.Child("ephemeralContainers"), "cannot be set on create"))
	}
	return errors
}

func (pod podContext) validateContainer(container *corev1.Container, path *field.Path, role containerRole) field.ErrorList {
	errors := named(path.Child("name"), container.Name, validation.IsDNS1123Label)
	if container.Image == "" {
		errors = append(errors, field.Required(path.Child("image"), ""))
	}
	errors = append(errors, oneOf(path.Child("imagePullPolicy"), container.ImagePullPolicy,
		corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)...)
	errors = append(errors, oneOf(path.Child("terminationMessagePolicy"), container.TerminationMessagePolicy,
		corev1.TerminationMessageReadFile, corev1.TerminationMessageFallbackToLogsOnError)...)
	errors = append(errors, pod.validatePorts(container.Ports, path.Child("ports"))...)
	errors = append(errors, validateEnv(container.Env, path.Child("env"))...)
	errors = append(errors, validateEnvFrom(container.EnvFrom, path.Child("envFrom"))...)
	errors = append(errors, pod.validateMounts(container, path)...)
	errors = append(errors, validateResources(&container.Resources, path.Child("resources"), containerResourceName)...)
	for i, claim := range container.Resources.Claims {
		if !pod.claims[claim.Name] {
			errors = append(errors, field.NotFound(path.Child("resources", "claims").Index(i), claim.Name))
		}
	}
	errors = append(errors, validateRestartPolicy(container, path)...)
	errors = append(errors, validateContainerSecurity(container.SecurityContext, path.Child("securityContext"))...)
	return append(errors, pod.validateLife(container, path, role)...)
}

// validateRestartPolicy: 1.35 lets every container have a restart policy of its
// own (feature ContainerRestartRules); rules that refine it need the policy.
func validateRestartPolicy(container *corev1.Container, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	policyPath := path.Child("restartPolicy")
	if policy := container.RestartPolicy; policy != nil {
		errors = append(errors, exactlyOneOf(policyPath, *policy,
			corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever, corev1.ContainerRestartPolicyOnFailure)...)
	} else if len(container.RestartPolicyRules) > 0 {
		errors = append(errors, field.Required(policyPath, "must specify restartPolicy when restart rules are used"))
	}
	for i, rule := range container.RestartPolicyRules {
		rulePath := path.Child("restartPolicyRules").Index(i)
		errors = append(errors, exactlyOneOf(rulePath.Child("action"), rule.Action, corev1.ContainerRestartRuleActionRestart)...)
		if rule.ExitCodes == nil {
			errors = append(errors, field.Required(rulePath.Child("exitCodes"), "must be specified"))
		} else {
			errors = append(errors, exactlyOneOf(rulePath.Child("exitCodes", "operator"), rule.ExitCodes.Operator,
				corev1.ContainerRestartRuleOnExitCodesOpIn, corev1.ContainerRestartRuleOnExitCodesOpNotIn)...)
		}
	}
	return errors
}

// validateLife checks probes and lifecycle hooks, which an init container may
// have only if it keeps running.
func (pod podContext) validateLife(container *corev1.Container, path *field.Path, role containerRole) field.ErrorList {
	var errors field.ErrorList
	probes := []struct {
		name  string
		probe *corev1.Probe
	}{
		{"livenessProbe", container.LivenessProbe},
		{"readinessProbe", container.ReadinessProbe},
		{"startupProbe", container.StartupProbe},
	}
	if role == initContainer {
		const reason = "may not be set for init containers without restartPolicy=Always"
		if container.Lifecycle != nil {
			errors = append(errors, field.Forbidden(path.Child("lifecycle"), reason))
		}
		for _, each := range probes {
			if each.probe != nil {
				errors = append(errors, field.Forbidden(path.Child(each.name), reason))
			}
		}
		return errors
	}
	for _, each := range probes {
		if each.probe != nil {
			errors = append(errors, pod.validateProbe(each.probe, path.Child(each.name), each.name == "readinessProbe")...)
		}
	}
	if container.Lifecycle != nil {
		hooks := path.Child("lifecycle")
		if hook := container.Lifecycle.PostStart; hook != nil {
			errors = append(errors, pod.validateHandler(handler{hook.Exec, hook.HTTPGet, hook.TCPSocket, nil, hook.Sleep}, hooks.Child("postStart"))...)
		}
		if hook := container.Lifecycle.PreStop; hook != nil {
			errors = append(errors, pod.validateHandler(handler{hook.Exec, hook.HTTPGet, hook.TCPSocket, nil, hook.Sleep}, hooks.Child("preStop"))...)
		}
	}
	return errors
}

func (pod podContext) validateProbe(probe *corev1.Probe, path *field.Path, readiness bool) field.ErrorList {
	errors := pod.validateHandler(handler{probe.Exec, probe.HTTPGet, probe.TCPSocket, probe.GRPC, nil}, path)
	errors = append(errors, notNegative(path.Child("initialDelaySeconds"), probe.InitialDelaySeconds)...)
	errors = append(errors, notNegative(path.Child("timeoutSeconds"), probe.TimeoutSeconds)...)
	errors = append(errors, notNegative(path.Child("periodSeconds"), probe.PeriodSeconds)...)
	errors = append(errors, notNegative(path.Child("failureThreshold"), probe.FailureThreshold)...)
	errors = append(errors, notNegative(path.Child("successThreshold"), probe.SuccessThreshold)...)
	if !readiness && probe.SuccessThreshold > 1 {
		errors = append(errors, field.Invalid(path.Child("successThreshold"), probe.SuccessThreshold, "must be 1"))
	}
	if seconds := probe.TerminationGracePeriodSeconds; seconds != nil {
		switch {
		case readiness:
			errors = append(errors, field.Invalid(path.Child("terminationGracePeriodSeconds"), *seconds, "must not be set for readinessProbes"))
		case *seconds <= 0:
			errors = append(errors, field.Invalid(path.Child("terminationGracePeriodSeconds"), *seconds, "must be greater than 0"))
		}
	}
	return errors
}

// handler is what probes and lifecycle hooks have in common.
type handler struct {
	exec  *corev1.ExecAction
	http  *corev1.HTTPGetAction
	tcp   *corev1.TCPSocketAction
	grpc  *corev1.GRPCAction
	sleep *corev1.SleepAction
}

func (pod podContext) validateHandler(h handler, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	handlers := 0
	first := func(isSet bool, name string) bool {
		if !isSet {
			return false
		}
		if handlers++; handlers > 1 {
			errors = append(errors, field.Forbidden(path.Child(name), "may not specify more than 1 handler type"))
		}
		return handlers == 1
	}
	if first(h.exec != nil, "exec") && len(h.exec.Command) == 0 {
		errors = append(errors, field.Required(path.Child("exec", "command"), ""))
	}
	if first(h.http != nil, "httpGet") {
		httpPath := path.Child("httpGet")
		errors = append(errors, portNumberOrName(httpPath.Child("port"), h.http.Port)...)
		errors = append(errors, oneOf(httpPath.Child("scheme"), h.http.Scheme, corev1.URISchemeHTTP, corev1.URISchemeHTTPS)...)
		for _, header := range h.http.HTTPHeaders {
			errors = append(errors, invalid(httpPath.Child("httpHeaders"), header.Name, validation.IsHTTPHeaderName(header.Name))...)
		}
	}
	if first(h.tcp != nil, "tcpSocket") {
		errors = append(errors, portNumberOrName(path.Child("tcpSocket", "port"), h.tcp.Port)...)
	}
	if first(h.grpc != nil, "grpc") {
		errors = append(errors, portNumber(path.Child("grpc", "port"), h.grpc.Port)...)
	}
	if first(h.sleep != nil, "sleep") && (h.sleep.Seconds < 0 || h.sleep.Seconds > pod.gracePeriod) {
		errors = append(errors, field.Invalid(path.Child("sleep"), h.sleep.Seconds,
			fmt.Sprintf("must be non-negative and less than terminationGracePeriodSeconds (%d)", pod.gracePeriod)))
	}
	if handlers == 0 {
		errors = append(errors, field.Required(path, "must specify a handler type"))
	}
	return errors
}

func (pod podContext) validatePorts(ports []corev1.ContainerPort, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	names := map[string]bool{}
	for i, port := range ports {
		portPath := path.Index(i)
		if port.Name != "" {
			errors = append(errors, invalid(portPath.Child("name"), port.Name, validation.IsValidPortName(port.Name))...)
			if names[port.Name] {
				errors = append(errors, field.Duplicate(portPath.Child("name"), port.Name))
			}
			names[port.Name] = true
		}
		if port.ContainerPort == 0 {
			errors = append(errors, field.Required(portPath.Child("containerPort"), ""))
		} else {
			errors = append(errors, portNumber(portPath.Child("containerPort"), port.ContainerPort)...)
		}
		if port.HostPort != 0 {
			errors = append(errors, portNumber(portPath.Child("hostPort"), port.HostPort)...)
			if pod.hostNetwork && port.HostPort != port.ContainerPort {
				errors = append(errors, field.Invalid(portPath.Child("hostPort"), port.HostPort,
					"must match `containerPort` when `hostNetwork` is true"))
			}
		}
		errors = append(errors, transportProtocol(portPath.Child("protocol"), port.Protocol)...)
	}
	return errors
}

func transportProtocol(path *field.Path, protocol corev1.Protocol) field.ErrorList {
	return oneOf(path, protocol, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)
}

func uniqueHostPorts(container *corev1.Container, path *field.Path, taken map[string]bool) field.ErrorList {
	var errors field.ErrorList
	for i, port := range container.Ports {
		if port.HostPort == 0 {
			continue
		}
		key := fmt.Sprintf("%s/%s/%d", protocolOrTCP(port.Protocol), port.HostIP, port.HostPort)
		if taken[key] {
			errors = append(errors, field.Duplicate(path.Child("ports").Index(i).Child("hostPort"), key))
		}
		taken[key] = true
	}
	return errors
}

func protocolOrTCP(protocol corev1.Protocol) corev1.Protocol {
	if protocol == "" {
		return corev1.ProtocolTCP
	}
	return protocol
}

func validateEnv(variables []corev1.EnvVar, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, variable := range variables {
		variablePath := path.Index(i)
		errors = append(errors, named(variablePath.Child("name"), variable.Name, validation.IsRelaxedEnvVarName)...)
		source := variable.ValueFrom
		if source == nil {
			continue
		}
		sourcePath := variablePath.Child("valueFrom")
		sources := 0
		if source.FieldRef != nil {
			sources++
			errors = append(errors, validateFieldRef(source.FieldRef, sourcePath.Child("fieldRef"), envFields)...)
		}
		if source.ResourceFieldRef != nil {
			sources++
			errors = append(errors, validateResourceFieldRef(source.ResourceFieldRef, sourcePath.Child("resourceFieldRef"))...)
		}
		if ref := source.ConfigMapKeyRef; ref != nil {
			sources++
			errors = append(errors, validateKeyRef(ref.Name, ref.Key, sourcePath.Child("configMapKeyRef"))...)
		}
		if ref := source.SecretKeyRef; ref != nil {
			sources++
			errors = append(errors, validateKeyRef(ref.Name, ref.Key, sourcePath.Child("secretKeyRef"))...)
		}
		if source.FileKeyRef != nil {
			sources++
		}
		switch {
		case sources == 0:
			errors = append(errors, field.Invalid(sourcePath, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))
		case variable.Value != "":
			errors = append(errors, field.Invalid(sourcePath, "", "may not be specified when `value` is not empty"))
		case sources > 1:
			errors = append(errors, field.Invalid(sourcePath, "", "may not have more than one field specified at a time"))
		}
	}
	return errors
}

func validateKeyRef(name, key string, path *field.Path) field.ErrorList {
	errors := invalid(path.Child("name"), name, subdomain(name))
	return append(errors, named(path.Child("key"), key, validation.IsConfigMapKey)...)
}

func validateEnvFrom(sources []corev1.EnvFromSource, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, source := range sources {
		sourcePath := path.Index(i)
		if source.Prefix != "" {
			errors = append(errors, invalid(sourcePath.Child("prefix"), source.Prefix, validation.IsRelaxedEnvVarName(source.Prefix))...)
		}
		if source.ConfigMapRef != nil {
			errors = append(errors, named(sourcePath.Child("configMapRef", "name"), source.ConfigMapRef.Name, subdomain)...)
		}
		if source.SecretRef != nil {
			errors = append(errors, named(sourcePath.Child("secretRef", "name"), source.SecretRef.Name, subdomain)...)
		}
		switch {
		case source.ConfigMapRef == nil && source.SecretRef == nil:
			errors = append(errors, field.Invalid(sourcePath, "", "must specify one of: `configMapRef` or `secretRef`"))
		case source.ConfigMapRef != nil && source.SecretRef != nil:
			errors = append(errors, field.Invalid(sourcePath, "", "may not have more than one field specified at a time"))
		}
	}
	return errors
}

// The fields of a pod that the downward API offers: to variables and to volumes.
var (
	envFields = []string{
		"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
		"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
	}
	volumeFields = []string{"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"}
)

func validateFieldRef(ref *corev1.ObjectFieldSelector, path *field.Path, fields []string) field.ErrorList {
	if ref.FieldPath == "" {
		return field.ErrorList{field.Required(path.Child("fieldPath"), "")}
	}
	if owner, subscript, isSubscript := strings.Cut(ref.FieldPath, "['"); isSubscript && strings.HasSuffix(subscript, "']") {
		key := strings.TrimSuffix(subscript, "']")
		switch owner {
		case "metadata.labels":
		case "metadata.annotations":
			key = strings.ToLower(key)
		default:
			return field.ErrorList{field.Invalid(path, owner, "does not support subscript")}
		}
		return invalid(path, key, validation.IsQualifiedName(key))
	}
	return exactlyOneOf(path.Child("fieldPath"), ref.FieldPath, fields...)
}

func validateResourceFieldRef(ref *corev1.ResourceFieldSelector, path *field.Path) field.ErrorList {
	if strings.HasPrefix(ref.Resource, "limits.hugepages-") || strings.HasPrefix(ref.Resource, "requests.hugepages-") {
		return nil
	}
	return exactlyOneOf(path.Child("resource"), ref.Resource, "limits.cpu", "limits.memory", "limits.ephemeral-storage",
		"requests.cpu", "requests.memory", "requests.ephemeral-storage")
}

// validateMounts: a mount of a volume that was reported as invalid is not
// reported again.
func (pod podContext) validateMounts(container *corev1.Container, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	mounted, paths := map[string]bool{}, map[string]bool{}
	for i, mount := range container.VolumeMounts {
		mountPath := path.Child("volumeMounts").Index(i)
		errors = append(errors, pod.declared(mountPath, mount.Name)...)
		if mount.MountPath == "" {
			errors = append(errors, field.Required(mountPath.Child("mountPath"), ""))
		}
		if paths[mount.MountPath] {
			errors = append(errors, field.Invalid(mountPath.Child("mountPath"), mount.MountPath, "must be unique"))
		}
		mounted[mount.Name], paths[mount.MountPath] = true, true
		if mount.SubPath != "" && mount.SubPathExpr != "" {
			errors = append(errors, field.Invalid(mountPath.Child("subPathExpr"), mount.SubPathExpr, "subPathExpr and subPath are mutually exclusive"))
		}
		errors = append(errors, relativePath(mountPath.Child("subPath"), mount.SubPath)...)
		errors = append(errors, relativePath(mountPath.Child("subPathExpr"), mount.SubPathExpr)...)
		if mount.MountPropagation != nil {
			errors = append(errors, validateMountPropagation(*mount.MountPropagation, container, mountPath.Child("mountPropagation"))...)
		}
	}
	for i, device := range container.VolumeDevices {
		devicePath := path.Child("volumeDevices").Index(i)
		errors = append(errors, pod.declared(devicePath, device.Name)...)
		if volume, found := pod.volumes[device.Name]; found && volume.PersistentVolumeClaim == nil && volume.Ephemeral == nil {
			errors = append(errors, field.Invalid(devicePath.Child("name"), device.Name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"))
		}
		if device.DevicePath == "" {
			errors = append(errors, field.Required(devicePath.Child("devicePath"), ""))
		}
		if mounted[device.Name] {
			errors = append(errors, field.Invalid(devicePath.Child("name"), device.Name, "must not already exist in volumeMounts"))
		}
		if paths[device.DevicePath] {
			errors = append(errors, field.Invalid(devicePath.Child("devicePath"), device.DevicePath, "must be unique"))
		}
		paths[device.DevicePath] = true
	}
	return errors
}

func (pod podContext) declared(path *field.Path, volume string) field.ErrorList {
	if volume == "" {
		return field.ErrorList{field.Required(path.Child("name"), "")}
	}
	if _, found := pod.volumes[volume]; !found {
		return field.ErrorList{field.NotFound(path.Child("name"), volume)}
	}
	return nil
}

func validateMountPropagation(mode corev1.MountPropagationMode, container *corev1.Container, path *field.Path) field.ErrorList {
	errors := exactlyOneOf(path, mode, corev1.MountPropagationBidirectional, corev1.MountPropagationHostToContainer, corev1.MountPropagationNone)
	security := container.SecurityContext
	privileged := security != nil && security.Privileged != nil && *security.Privileged
	if mode == corev1.MountPropagationBidirectional && !privileged {
		errors = append(errors, field.Forbidden(path, "Bidirectional mount propagation is available only to privileged containers"))
	}
	return errors
}
