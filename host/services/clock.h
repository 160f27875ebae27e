// The time as rooms above receive it; tests and simulations hand in one of their own.
#pragma once

#include "base/time.h"

namespace chela::services {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, milliseconds. [any-thread]
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return base::now(); }
};

}  // namespace chela::services
