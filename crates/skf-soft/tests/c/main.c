/* Runs over the whole interface on blank devices of the drawer that YINXIN_SOFT_DRAWER names. */
#include "check.h"

int main(void) {
    const char *drawer = getenv("YINXIN_SOFT_DRAWER");
    HOLDS(drawer != NULL);
    devices(drawer);

    DEVHANDLE device;
    HAPPLICATION application;
    ULONG left;
    OK(SKF_ConnectDev, "one", &device);
    access_control(device);
    files(device);
    OK(SKF_OpenApplication, device, "app", &application);
    OK(SKF_VerifyPIN, application, USER_TYPE, USER_PIN, &left);
    containers(application);
    sm2(device, application);
    rsa(device, application);
    sessions(device);
    digests(device);

    /* Whatever was opened through a device ends with it. */
    OK(SKF_DisConnectDev, device);
    GIVES(SAR_INVALIDHANDLEERR, SKF_ClearSecureState, application);
    GIVES(SAR_INVALIDHANDLEERR, SKF_DisConnectDev, device);
    return 0;
}
