package kubeschema

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // as in an API server, so that the answer does not depend on the machine

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// cronField is one of the five fields of a schedule.
type cronField struct {
	name     string
	min, max int
	words    []string // names for the values from min on
}

// The fields and names github.com/robfig/cron/v3 knows, which the API server parses with.
var cronFields = []cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of week", 0, 6, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

func validateSchedule(path *field.Path, schedule string) field.ErrorList {
	if schedule == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	if strings.Contains(schedule, "TZ") {
		return field.ErrorList{field.Invalid(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")}
	}
	if err := parseSchedule(schedule); err != nil {
		return field.ErrorList{field.Invalid(path, schedule, err.Error())}
	}
	return nil
}

func parseSchedule(schedule string) error {
	switch schedule {
	case "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly":
		return nil
	}
	if every, isEvery := strings.CutPrefix(schedule, "@every "); isEvery {
		_, err := time.ParseDuration(every)
		return err
	}
	values := strings.Fields(schedule)
	if len(values) != len(cronFields) {
		return fmt.Errorf("expected exactly %d fields, found %d", len(cronFields), len(values))
	}
	for i, value := range values {
		for _, element := range strings.Split(value, ",") {
			if err := cronFields[i].parse(element); err != nil {
				return fmt.Errorf("%s: %w", cronFields[i].name, err)
			}
		}
	}
	return nil
}

// parse reads one element: a value, a range a-b or *, each with an optional /step.
func (f cronField) parse(element string) error {
	span, step, hasStep := strings.Cut(element, "/")
	if hasStep {
		if number, err := strconv.Atoi(step); err != nil || number < 1 {
			return fmt.Errorf("%q is not a step of at least 1", step)
		}
	}
	if span == "*" || span == "?" {
		return nil
	}
	first, last, isRange := strings.Cut(span, "-")
	start, err := f.value(first)
	if err != nil || !isRange {
		return err
	}
	end, err := f.value(last)
	if err != nil {
		return err
	}
	if start > end {
		return fmt.Errorf("the range %q begins after its end", span)
	}
	return nil
}

func (f cronField) value(text string) (int, error) {
	for i, word := range f.words {
		if strings.EqualFold(word, text) {
			return f.min + i, nil
		}
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < f.min || number > f.max {
		return 0, fmt.Errorf("%q is not between %d and %d", text, f.min, f.max)
	}
	return number, nil
}

func validateTimeZone(path *field.Path, zone string) field.ErrorList {
	if zone == "" || strings.EqualFold(zone, "Local") {
		return field.ErrorList{field.Invalid(path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")}
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return field.ErrorList{field.Invalid(path, zone, err.Error())}
	}
	return nil
}
