#ifndef LEADGATE_CCURLLIBRARY_H
#define LEADGATE_CCURLLIBRARY_H

#include <curl/curl.h>

#endif
