#include "ev/driver.h"

int main(int argc, char** argv) {
  return ev::drive(argc, argv);
}
