package kubeschema

import (
	"encoding/json"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The most a ConfigMap's or Secret's values may add up to (core.MaxSecretSize).
const maxDataSize = corev1.MaxSecretSize

func validateConfigMap(config *corev1.ConfigMap) field.ErrorList {
	var errors field.ErrorList
	size := 0
	for key, value := range config.Data {
		keyPath := field.NewPath("data").Key(key)
		errors = append(errors, invalid(keyPath, key, validation.IsConfigMapKey(key))...)
		if _, twice := config.BinaryData[key]; twice {
			errors = append(errors, field.Invalid(keyPath, key, "duplicate of key present in binaryData"))
		}
		size += len(value)
	}
	for key, value := range config.BinaryData {
		errors = append(errors, invalid(field.NewPath("binaryData").Key(key), key, validation.IsConfigMapKey(key))...)
		size += len(value)
	}
	if size > maxDataSize {
		errors = append(errors, field.TooLong(field.NewPath("data"), "", maxDataSize))
	}
	return errors
}

// validateSecret checks the data as it will be stored: stringData is written
// over data. No error repeats a value.
func validateSecret(secret *corev1.Secret) field.ErrorList {
	var errors field.ErrorList
	size := 0
	data := make(map[string][]byte, len(secret.Data)+len(secret.StringData))
	for key, value := range secret.Data {
		errors = append(errors, invalid(field.NewPath("data").Key(key), key, validation.IsConfigMapKey(key))...)
		data[key] = value
	}
	for key, value := range secret.StringData {
		errors = append(errors, invalid(field.NewPath("stringData").Key(key), key, validation.IsConfigMapKey(key))...)
		data[key] = []byte(value)
	}
	for _, value := range data {
		size += len(value)
	}
	path := field.NewPath("data")
	if size > maxDataSize {
		errors = append(errors, field.TooLong(path, "", maxDataSize))
	}
	require := func(keys ...string) {
		for _, key := range keys {
			if _, found := data[key]; !found {
				errors = append(errors, field.Required(path.Key(key), ""))
			}
		}
	}
	requireJSON := func(key string) {
		require(key)
		if content, found := data[key]; found && json.Unmarshal(content, &map[string]any{}) != nil {
			errors = append(errors, field.Invalid(path.Key(key), "<secret contents redacted>", "is not a JSON object"))
		}
	}
	switch secret.Type {
	case corev1.SecretTypeServiceAccountToken:
		if secret.Annotations[corev1.ServiceAccountNameKey] == "" {
			errors = append(errors, field.Required(field.NewPath("metadata", "annotations").Key(corev1.ServiceAccountNameKey), ""))
		}
	case corev1.SecretTypeDockercfg:
		requireJSON(corev1.DockerConfigKey)
	case corev1.SecretTypeDockerConfigJson:
		requireJSON(corev1.DockerConfigJsonKey)
	case corev1.SecretTypeBasicAuth:
		if data[corev1.BasicAuthUsernameKey] == nil && data[corev1.BasicAuthPasswordKey] == nil {
			require(corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey)
		}
	case corev1.SecretTypeSSHAuth:
		if len(data[corev1.SSHAuthPrivateKey]) == 0 {
			errors = append(errors, field.Required(path.Key(corev1.SSHAuthPrivateKey), ""))
		}
	case corev1.SecretTypeTLS:
		require(corev1.TLSCertKey, corev1.TLSPrivateKeyKey)
	}
	return errors
}

func validateStorageClass(class *storagev1.StorageClass) field.ErrorList {
	errors := named(field.NewPath("provisioner"), class.Provisioner, func(provisioner string) []string {
		return validation.IsQualifiedName(strings.ToLower(provisioner))
	})
	if policy := class.ReclaimPolicy; policy != nil {
		errors = append(errors, oneOf(field.NewPath("reclaimPolicy"), *policy, corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRetain)...)
	}
	if mode := class.VolumeBindingMode; mode != nil {
		errors = append(errors, exactlyOneOf(field.NewPath("volumeBindingMode"), *mode, storagev1.VolumeBindingImmediate, storagev1.VolumeBindingWaitForFirstConsumer)...)
	}
	return errors
}

func validateLease(lease *coordinationv1.Lease) field.ErrorList {
	path := field.NewPath("spec")
	errors := notNegativeIfSet(path.Child("leaseTransitions"), lease.Spec.LeaseTransitions)
	if seconds := lease.Spec.LeaseDurationSeconds; seconds != nil && *seconds <= 0 {
		errors = append(errors, field.Invalid(path.Child("leaseDurationSeconds"), *seconds, "must be greater than 0"))
	}
	return errors
}
