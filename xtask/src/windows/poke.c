/* A person at the tray, for the steps under Wine: chooses the last line of the icon's menu, or logs off. Ends with 2 where
 * there is no window of the agent's. */
#include <string.h>
#include <windows.h>

#define WM_NOTE (WM_APP + 1) /* as crates/token/src/system/windows/tray.rs has it */

int main(int count, char **words)
{
    HWND window = FindWindowW(L"YinxinTray", NULL);
    if (count != 2 || window == NULL)
        return 2;
    if (strcmp(words[1], "last-line") == 0) {
        /* The menu takes the keys from the queue that it opens from. */
        return !(PostMessageW(window, WM_NOTE, 1, WM_RBUTTONUP)
                 && PostMessageW(window, WM_KEYDOWN, VK_UP, 0)
                 && PostMessageW(window, WM_KEYDOWN, VK_RETURN, 0));
    }
    if (strcmp(words[1], "log-off") == 0)
        return !PostMessageW(window, WM_ENDSESSION, 1, 0);
    return 1;
}
