/* Clauses 7.1 and 7.2. */
#include "check.h"

void devices(const char *drawer) {
    CHAR name[64], path[512];
    ULONG size = sizeof name, event, state;

    /* The first look-out sees what there is; a cancel before it ends it. */
    OK_BARE(SKF_CancelWaitForDevEvent);
    GIVES(SAR_NOT_EVENTERR, SKF_WaitForDevEvent, name, &size, &event);
    snprintf(path, sizeof path, "%s/two/plugged", drawer);
    FILE *plug = fopen(path, "w");
    HOLDS(plug != NULL);
    fclose(plug);
    /* Too little room loses no event. */
    size = 2;
    GIVES(SAR_BUFFER_TOO_SMALL, SKF_WaitForDevEvent, name, &size, &event);
    HOLDS(size == 4);
    OK(SKF_WaitForDevEvent, name, &size, &event);
    HOLDS(event == DEV_EVENT_INSERTED && strcmp(name, "two") == 0);
    HOLDS(remove(path) == 0);
    size = sizeof name;
    OK(SKF_WaitForDevEvent, name, &size, &event);
    HOLDS(event == DEV_EVENT_REMOVED && strcmp(name, "two") == 0);

    OK(SKF_EnumDev, SKF_TRUE, NULL, &size);
    HOLDS(size == 5);
    OK(SKF_EnumDev, SKF_TRUE, name, &size);
    HOLDS(memcmp(name, "one\0", 5) == 0);
    OK(SKF_EnumDev, SKF_FALSE, NULL, &size);
    HOLDS(size == 9);
    OK(SKF_GetDevState, "one", &state);
    HOLDS(state == DEV_PRESENT_STATE);
    OK(SKF_GetDevState, "two", &state);
    HOLDS(state == DEV_ABSENT_STATE);

    DEVHANDLE device, other;
    DEVINFO info;
    OK(SKF_ConnectDev, "one", &device);
    OK(SKF_ConnectDev, "one", &other);
    GIVES(SAR_DEVICE_REMOVED, SKF_ConnectDev, "two", &other);
    OK(SKF_SetLabel, device, "label");
    OK(SKF_GetDevInfo, device, &info);
    HOLDS(strcmp(info.Label, "label") == 0 && strcmp(info.SerialNumber, "one") == 0);
    HOLDS(info.DevAuthAlgId == SGD_SM4_ECB && (info.AlgHashCap & SGD_SM3) != 0);
    GIVES(SAR_NAMELENERR, SKF_SetLabel, device, "a label of thirty-two octets, one too many");

    OK(SKF_LockDev, device, SKF_INFINITE);
    GIVES(SAR_TIMEOUTERR, SKF_LockDev, other, 20);
    OK(SKF_UnlockDev, device);
    OK(SKF_LockDev, other, 20);
    OK(SKF_UnlockDev, other);
    GIVES(SAR_FAIL, SKF_UnlockDev, other);

    /* GET CHALLENGE is the one command; another is answered with a status word. */
    BYTE answer[16];
    size = sizeof answer;
    OK(SKF_Transmit, device, (const BYTE *)"\0\x84\0\0\x08", 5, answer, &size);
    HOLDS(size == 10 && answer[8] == 0x90 && answer[9] == 0);
    size = sizeof answer;
    OK(SKF_Transmit, device, (const BYTE *)"\0\xA4\4\0", 4, answer, &size);
    HOLDS(size == 2 && answer[0] == 0x6D);
    OK(SKF_DisConnectDev, other);
    OK(SKF_DisConnectDev, device);
}

void access_control(DEVHANDLE device) {
    HAPPLICATION application;
    CHAR names[32];
    ULONG size = sizeof names, most, left;
    BOOL first;

    GIVES(SAR_DEVICE_NOT_AUTHENTICATED, SKF_CreateApplication, device, "app", ADMIN_PIN, 3, USER_PIN, 6,
          SECURE_USER_ACCOUNT, &application);
    authenticate(device, "1234567812345678");
    OK(SKF_ChangeDevAuthKey, device, (const BYTE *)"8765432187654321", 16);
    authenticate(device, "8765432187654321");
    GIVES(SAR_INDATALENERR, SKF_ChangeDevAuthKey, device, (const BYTE *)"short", 5);

    OK(SKF_CreateApplication, device, "app", ADMIN_PIN, 3, USER_PIN, 6, SECURE_USER_ACCOUNT, &application);
    GIVES(SAR_APPLICATION_EXISTS, SKF_CreateApplication, device, "app", ADMIN_PIN, 3, USER_PIN, 6,
          SECURE_USER_ACCOUNT, &application);
    OK(SKF_EnumApplication, device, names, &size);
    HOLDS(size == 5 && memcmp(names, "app\0", 5) == 0);

    GIVES(SAR_PIN_INCORRECT, SKF_VerifyPIN, application, USER_TYPE, "00000000", &left);
    HOLDS(left == 5);
    OK(SKF_VerifyPIN, application, USER_TYPE, USER_PIN, &left);
    HOLDS(left == 6);
    OK(SKF_GetPINInfo, application, USER_TYPE, &most, &left, &first);
    HOLDS(most == 6 && left == 6 && first);
    OK(SKF_ChangePIN, application, USER_TYPE, USER_PIN, "another-1", &left);
    OK(SKF_GetPINInfo, application, USER_TYPE, &most, &left, &first);
    HOLDS(!first);
    OK(SKF_UnblockPIN, application, ADMIN_PIN, USER_PIN, &left);
    OK(SKF_VerifyPIN, application, ADMIN_TYPE, ADMIN_PIN, &left);
    OK(SKF_ClearSecureState, application);
    OK(SKF_CloseApplication, application);
    GIVES(SAR_APPLICATION_NOT_EXISTS, SKF_OpenApplication, device, "other", &application);

    OK(SKF_CreateApplication, device, "other", ADMIN_PIN, 3, USER_PIN, 6, SECURE_ANYONE_ACCOUNT, &application);
    OK(SKF_CloseApplication, application);
    OK(SKF_DeleteApplication, device, "other");
    GIVES(SAR_APPLICATION_NOT_EXISTS, SKF_DeleteApplication, device, "other");
}
