package aws

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

// functions are the provider functions in use, by token; one without an entry is refused by name.
var functions = map[string]func(instance) resource.PropertyMap{
	"aws:index/getPartition:getPartition": func(instance) resource.PropertyMap {
		return resource.NewPropertyMapFromMap(map[string]any{
			"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws",
		})
	},
}
