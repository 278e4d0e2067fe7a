package rules

import (
	"regexp"
	"strconv"
	"strings"

	"coffee-platform/policy/rule"
)

// sizeNames are the sizes below xlarge, the smallest first. Each is twice the one before
// it in memory, of the same family
// (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html).
var sizeNames = []string{"nano", "micro", "small", "medium", "large", "xlarge"}

var manyTimes = regexp.MustCompile(`^([1-9][0-9]{0,2})xlarge$`)

// weightOf makes sizes comparable: nano is 1, xlarge 32 and 4xlarge 128. A size nobody
// knows is as heavy as none is.
func weightOf(size string) (int64, bool) {
	if times := manyTimes.FindStringSubmatch(size); times != nil {
		count, err := strconv.ParseInt(times[1], 10, 64)
		return count << (len(sizeNames) - 1), err == nil
	}
	for i, name := range sizeNames {
		if name == size {
			return 1 << i, true
		}
	}
	return 0, false
}

// sizeOf is the last part of an instance type or class, such as large in db.m7g.large.
func sizeOf(class string) string { return class[strings.LastIndex(class, ".")+1:] }

// ceilings makes the settings that hold the largest size for each tier.
func ceilings(what, dev, staging, prod string) []rule.Setting {
	return []rule.Setting{
		{Name: "largestInDev", Description: "The largest size of " + what + " in dev.", Default: dev},
		{Name: "largestInStaging", Description: "The largest size of " + what + " in staging.", Default: staging},
		{Name: "largestInProd", Description: "The largest size of " + what + " in production.", Default: prod},
	}
}

// ceiling is the largest size of the tier.
func ceiling(env rule.Env) string { return env.Settings.Text("largestIn" + tierName(env.Tier)) }

// tierName is how the settings name a tier.
func tierName(tier rule.Tier) string {
	switch tier {
	case rule.Dev:
		return "Dev"
	case rule.Staging:
		return "Staging"
	}
	return "Prod"
}

// checkSize records a class whose size is above the tier's.
func checkSize(at rule.Value, env rule.Env, result *rule.Result) {
	class, state := at.Text()
	if result.Unreadable(at, state, "a string") || state == rule.Missing {
		return
	}
	weight, known := weightOf(sizeOf(class))
	most, set := weightOf(ceiling(env))
	switch {
	case !known:
		result.Undetermined(at, "is %s, whose size is not one that can be compared", at.Show())
	case !set || weight > most:
		result.Fail(at, "is %s, larger than %s, the largest of its tier", at.Show(), ceiling(env))
	}
}

// caps makes the settings that hold the most of something for each tier.
func caps(name, description string, dev, staging, prod int64) []rule.Setting {
	return []rule.Setting{
		{Name: name + "Dev", Description: description + " in dev.", Default: dev},
		{Name: name + "Staging", Description: description + " in staging.", Default: staging},
		{Name: name + "Prod", Description: description + " in production.", Default: prod},
	}
}
