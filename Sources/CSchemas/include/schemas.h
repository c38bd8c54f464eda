#include "dcnpack.pb-c.h"
#include "onnx.pb-c.h"
