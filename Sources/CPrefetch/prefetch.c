#include "prefetch.h"

// The header is all: a package's target needs a source.
