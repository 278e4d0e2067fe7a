package kubeschema

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateVolumes also returns the volumes by name, for the mounts.
func validateVolumes(volumes []corev1.Volume, path *field.Path) (map[string]corev1.Volume, field.ErrorList) {
	byName := make(map[string]corev1.Volume, len(volumes))
	var errors field.ErrorList
	for i, volume := range volumes {
		volumePath := path.Index(i)
		errors = append(errors, named(volumePath.Child("name"), volume.Name, validation.IsDNS1123Label)...)
		if _, taken := byName[volume.Name]; taken {
			errors = append(errors, field.Duplicate(volumePath.Child("name"), volume.Name))
		}
		byName[volume.Name] = volume
		errors = append(errors, validateVolumeSource(&volume.VolumeSource, volumePath)...)
	}
	return byName, errors
}

func validateVolumeSource(source *corev1.VolumeSource, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	if sources := setFields(*source); len(sources) > 1 { // without one it is an emptyDir
		for _, extra := range sources[1:] {
			errors = append(errors, field.Forbidden(path.Child(extra), "may not specify more than 1 volume type"))
		}
	}
	if source.EmptyDir != nil && source.EmptyDir.SizeLimit != nil && source.EmptyDir.SizeLimit.Sign() < 0 {
		errors = append(errors, field.Forbidden(path.Child("emptyDir", "sizeLimit"), "SizeLimit field must be a valid resource quantity"))
	}
	if hostPath := source.HostPath; hostPath != nil {
		hostPathPath := path.Child("hostPath")
		if hostPath.Path == "" {
			errors = append(errors, field.Required(hostPathPath.Child("path"), ""))
		} else if hasBackstep(hostPath.Path) {
			errors = append(errors, field.Invalid(hostPathPath.Child("path"), hostPath.Path, "must not contain '..'"))
		}
		if hostPath.Type != nil {
			errors = append(errors, oneOf(hostPathPath.Child("type"), *hostPath.Type, corev1.HostPathDirectoryOrCreate, corev1.HostPathDirectory,
				corev1.HostPathFileOrCreate, corev1.HostPathFile, corev1.HostPathSocket, corev1.HostPathCharDev, corev1.HostPathBlockDev)...)
		}
	}
	if secret := source.Secret; secret != nil {
		secretPath := path.Child("secret")
		if secret.SecretName == "" {
			errors = append(errors, field.Required(secretPath.Child("secretName"), ""))
		}
		errors = append(errors, fileMode(secretPath.Child("defaultMode"), secret.DefaultMode)...)
		errors = append(errors, validateItems(secret.Items, secretPath.Child("items"))...)
	}
	if configMap := source.ConfigMap; configMap != nil {
		configMapPath := path.Child("configMap")
		if configMap.Name == "" {
			errors = append(errors, field.Required(configMapPath.Child("name"), ""))
		}
		errors = append(errors, fileMode(configMapPath.Child("defaultMode"), configMap.DefaultMode)...)
		errors = append(errors, validateItems(configMap.Items, configMapPath.Child("items"))...)
	}
	if source.PersistentVolumeClaim != nil && source.PersistentVolumeClaim.ClaimName == "" {
		errors = append(errors, field.Required(path.Child("persistentVolumeClaim", "claimName"), ""))
	}
	if source.CSI != nil {
		errors = append(errors, named(path.Child("csi", "driver"), strings.ToLower(source.CSI.Driver), subdomain)...)
	}
	if source.Ephemeral != nil {
		claimPath := path.Child("ephemeral", "volumeClaimTemplate")
		if source.Ephemeral.VolumeClaimTemplate == nil {
			errors = append(errors, field.Required(claimPath, ""))
		} else {
			errors = append(errors, validateClaimSpec(&source.Ephemeral.VolumeClaimTemplate.Spec, claimPath.Child("spec"))...)
		}
	}
	if source.DownwardAPI != nil {
		errors = append(errors, validateDownwardItems(source.DownwardAPI.Items, path.Child("downwardAPI", "items"))...)
	}
	if source.Projected != nil {
		errors = append(errors, validateProjection(source.Projected, path.Child("projected"))...)
	}
	return errors
}

// The shortest and longest life of a token (core/validation).
const (
	minTokenSeconds = 600
	maxTokenSeconds = 1 << 32
)

func validateProjection(projected *corev1.ProjectedVolumeSource, path *field.Path) field.ErrorList {
	errors := fileMode(path.Child("defaultMode"), projected.DefaultMode)
	for i, source := range projected.Sources {
		sourcePath := path.Child("sources").Index(i)
		if len(setFields(source)) > 1 {
			errors = append(errors, field.Forbidden(sourcePath, "may not specify more than 1 volume type per source"))
		}
		if source.Secret != nil {
			if source.Secret.Name == "" {
				errors = append(errors, field.Required(sourcePath.Child("secret", "name"), ""))
			}
			errors = append(errors, validateItems(source.Secret.Items, sourcePath.Child("secret", "items"))...)
		}
		if source.ConfigMap != nil {
			if source.ConfigMap.Name == "" {
				errors = append(errors, field.Required(sourcePath.Child("configMap", "name"), ""))
			}
			errors = append(errors, validateItems(source.ConfigMap.Items, sourcePath.Child("configMap", "items"))...)
		}
		if source.DownwardAPI != nil {
			errors = append(errors, validateDownwardItems(source.DownwardAPI.Items, sourcePath.Child("downwardAPI", "items"))...)
		}
		if token := source.ServiceAccountToken; token != nil {
			tokenPath := sourcePath.Child("serviceAccountToken")
			errors = append(errors, filePath(tokenPath.Child("path"), token.Path)...)
			if seconds := token.ExpirationSeconds; seconds != nil && (*seconds < minTokenSeconds || *seconds > maxTokenSeconds) {
				errors = append(errors, field.Invalid(tokenPath.Child("expirationSeconds"), *seconds, "must be between 10 minutes and 2^32 seconds"))
			}
		}
	}
	return errors
}

func validateItems(items []corev1.KeyToPath, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, item := range items {
		itemPath := path.Index(i)
		if item.Key == "" {
			errors = append(errors, field.Required(itemPath.Child("key"), ""))
		}
		errors = append(errors, filePath(itemPath.Child("path"), item.Path)...)
		errors = append(errors, fileMode(itemPath.Child("mode"), item.Mode)...)
	}
	return errors
}

func validateDownwardItems(items []corev1.DownwardAPIVolumeFile, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, item := range items {
		itemPath := path.Index(i)
		errors = append(errors, filePath(itemPath.Child("path"), item.Path)...)
		errors = append(errors, fileMode(itemPath.Child("mode"), item.Mode)...)
		switch {
		case item.FieldRef != nil && item.ResourceFieldRef != nil:
			errors = append(errors, field.Invalid(itemPath, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
		case item.FieldRef != nil:
			errors = append(errors, validateFieldRef(item.FieldRef, itemPath.Child("fieldRef"), volumeFields)...)
		case item.ResourceFieldRef != nil:
			if item.ResourceFieldRef.ContainerName == "" {
				errors = append(errors, field.Required(itemPath.Child("resourceFieldRef", "containerName"), ""))
			}
			errors = append(errors, validateResourceFieldRef(item.ResourceFieldRef, itemPath.Child("resourceFieldRef"))...)
		default:
			errors = append(errors, field.Required(itemPath, "one of fieldRef and resourceFieldRef is required"))
		}
	}
	return errors
}

// filePath is a path inside a volume. Names that begin with ".." are the
// kubelet's own, which swaps versions by them.
func filePath(path *field.Path, value string) field.ErrorList {
	if value == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	errors := relativePath(path, value)
	if len(errors) == 0 && strings.HasPrefix(value, "..") {
		errors = append(errors, field.Invalid(path, value, "must not start with '..'"))
	}
	return errors
}

func fileMode(path *field.Path, mode *int32) field.ErrorList {
	if mode != nil && (*mode < 0 || *mode > 0o777) {
		return field.ErrorList{field.Invalid(path, *mode, "must be a number between 0 and 0777 (octal), both inclusive")}
	}
	return nil
}

// setFields are the JSON names of the pointers of a union that are set.
func setFields(union any) []string {
	value := reflect.ValueOf(union)
	var names []string
	for i := range value.NumField() {
		if !value.Field(i).IsNil() {
			name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

func validateClaim(claim *corev1.PersistentVolumeClaim) field.ErrorList {
	return validateClaimSpec(&claim.Spec, field.NewPath("spec"))
}

func validateClaimSpec(spec *corev1.PersistentVolumeClaimSpec, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	modesPath := path.Child("accessModes")
	if len(spec.AccessModes) == 0 {
		errors = append(errors, field.Required(modesPath, "at least 1 access mode is required"))
	}
	exclusive := false
	for _, mode := range spec.AccessModes {
		errors = append(errors, exactlyOneOf(modesPath, mode, corev1.ReadWriteOnce, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOncePod)...)
		exclusive = exclusive || mode == corev1.ReadWriteOncePod
	}
	if exclusive && len(spec.AccessModes) > 1 {
		errors = append(errors, field.Forbidden(modesPath, "may not use ReadWriteOncePod with other access modes"))
	}
	storagePath := path.Child("resources").Key(string(corev1.ResourceStorage))
	if storage, isSet := spec.Resources.Requests[corev1.ResourceStorage]; !isSet {
		errors = append(errors, field.Required(storagePath, ""))
	} else if storage.Sign() <= 0 {
		errors = append(errors, field.Invalid(storagePath, storage.String(), "must be greater than zero"))
	}
	if spec.StorageClassName != nil && *spec.StorageClassName != "" {
		errors = append(errors, invalid(path.Child("storageClassName"), *spec.StorageClassName, subdomain(*spec.StorageClassName))...)
	}
	if spec.VolumeMode != nil {
		errors = append(errors, exactlyOneOf(path.Child("volumeMode"), *spec.VolumeMode, corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)...)
	}
	return append(errors, labelSelector(path.Child("selector"), spec.Selector)...)
}
